"""Why a page is, or is not, among the articles: pure. `stages/inspect/why.py` brings what it decides on.

pasted text → pasted (an address) → traces (what the warehouse holds of it) ┐
                                    registry, stored robots.txt ────────────┴→ checks → answer (standing, words)
"""
