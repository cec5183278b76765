"""Why a page gave the values it gave, as one HTML page to look at."""
