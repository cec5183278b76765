"""Prose that looks like boilerplate: none of it may change."""

from __future__ import annotations

import pytest
from clean_articles import ARTICLES

from etl.clean.engine import CleanContext, clean

TITLE, BODY = ARTICLES["en_US"]
EVERYTHING_KNOWN = CleanContext(
    titles=(TITLE, TITLE + " - Harbour Post"),
    site_name="Harbour Post",
    authors=("Ann Lee",),
    categories=("Europe", "News", "Harbour"),
    date_texts=("February 24, 2022",),
    captions=("The old harbour bridge in May.",),
    language="en",
)
LINES = [
    "Readers may leave a comment on the council's site.",
    "He urged readers to leave a comment",
    "Facebook and Twitter said on Monday they would remove the posts.",
    "Facebook and Twitter said on Monday",
    "Earnings per share rose, and the tweet shown above was deleted.",
    "By most accounts, the bridge was safe.",
    "By taking off just one plate, the workers saw the rust.",
    "By now everyone knew.",
    "Updated Police figures show that thefts have fallen.",
    "Posted on social media by a neighbour, the film was seen by thousands.",
    "Published in 1851, the book is still read.",
    "Sign up for the Disney+ bundle using the link that the firm sends.",
    "Sign up to run the marathon was the hardest email of his life, he said.",
    "Subscribe to a newsletter and you will hear from them for ever, she says.",
    "Newsletters are back in fashion, and so is the inbox.",
    "The site uses cookies, and the regulator asked why.",
    "Accept all, or leave: that is the choice the banner gives.",
    "The © sign was first required in 1909.",
    "Copyright law changed in March, and no part of it was clear.",
    "Copyright is not the question here, the judge said.",
    "All rights reserved for the few, nothing for the many: so ran the chant.",
    "Advertisers pulled out of the fair on Tuesday.",
    "Advertisement spending fell for the third year.",
    "Sponsored by the town, the race drew a thousand runners.",
    "Related: the word has many meanings, and the court chose the narrowest of them.",
    "Read more than one source before you judge.",
    "More people came than in any year before.",
    "Watch out for ice on the bridge.",
    "See also how the tide turns at noon.",
    "Next steps to shape the company's future were discussed.",
    "Next article in the series explains how the bridge was built.",
    "Previous post holders had all resigned.",
    "« Les 11 agences ont été consultées », dit le rapport.",
    "«Lasst uns gemeinsam beginnen», sagte sie.",
    "»Wir fangen an«, sagte er.",
    "Přečtěte si také článek o mostě, řekl starosta a odešel.",
    "Es un plan que te puede interesar: se vota en mayo.",
    "Kysymys on selvä, ja siihen hän vastaa.",
    "The minister spoke to Smith (Reuters) on Monday.",
    "The fire was out by noon, according to Reuters.",
    "The agency AP said so.",
    "Reporting by neighbours led the police to the barn, which stood empty.",
    "Research by scientists in Bern suggests that the glacier melts.",
    "Associated Press writers were among those detained at the bridge.",
    "Photo albums were all that was left of the house.",
    "Image rights will be sold with the club.",
    "Foto: das war früher ein Wort für das, was an der Wand hing, erzählt der alte Drucker.",
    "Video games sold better than films this year.",
    "Follow the path to the bridge and turn left.",
    "Follow Facebook and you will find a company in search of a purpose.",
    "Follow us, said the guide, and we did.",
    "Join our fight, the mayor told the crowd.",
    "To continue reading was all the old man wanted.",
    "Members only voted on the first motion.",
    "Originally published in 1998, the novel is set on the bridge.",
    "Tags on the trees told the workers which to fell.",
    "Topics: none of the old ones came up, and nobody missed them at all in the long debate.",
    "Category 5 storms will come more often.",
    "Previous article of faith: the bridge will hold.",
    "Comment was free in those days.",
    "Comments Off on the record are no comments at all.",
    "Loading docks stood empty.",
    "Email was invented before the web.",
    "Contact with the ship was lost at 10:15.",
    "Email from the mayor: it says that the bridge is closed, and that nobody asked her.",
    "Thanks for reading the will aloud, she said.",
    "Support our troops, the sign said.",
    "Help us, the sign on the roof said.",
    "Donations to journalism fell by a tenth.",
    "Tell us what you saw, the officer said.",
    "Disclaimer aside, the deal was signed.",
    "Ann Lee, the mayor, opened the bridge.",
    "The time is 10:15 and the date is February 24, 2022, he wrote.",
    "On 24 February 2022 the bridge was closed.",
    "In 2022 12 comments were struck from the record.",
    "Kommentare zu diesem Plan gab es kaum.",
    "Les commentaires sont rares dans ce village.",
    "В комментариях к записи спорили о мосте.",
    "コメントする人は少なかった。",
    "关注我们身边的小事，是她的习惯。",
    "댓글을 남기는 사람은 적었다.",
    "شارك المئات في الاحتفال أمس.",
    "पुल पर टिप्पणी करने से मेयर ने इनकार किया।",
    "הצטרפו אליו מאות תושבים.",
    "ادامه کار پل به سال آینده ماند.",
    "Διαβάστε τα ψιλά γράμματα, είπε ο δήμαρχος.",
    "Реклама на мосту запрещена.",
    "Yorum yapmak istemeyen başkan odadan çıktı.",
    "Chia sẻ với nhau từng miếng bánh, họ đi qua cầu.",
    "แชร์กันไปทั่วหมู่บ้านแล้ว.",
    "The novel takes its name from the bridge.",
    "The: a short word.",
    "Yes.",
    "No.",
    "“Share this.”",
    "21.94 x 21.27 x 20.55 x",
    "1. Flour\t200 g",
    "Arsenal 2 Chelsea 1",
    "24 degrees, rain later.",
    "100",
    "> 29",
    "- 2",
    "[frohike]",
    # Newsletters as a subject, in languages whose prompts do not open with a verb.
    "무료 뉴스레터 구독자가 백만 명을 넘었다고 회사가 밝혔다.",
    "無料メールマガジンの登録者は百万人を超えた。",
    "हमारे मुफ़्त न्यूज़लेटर को अब दस हज़ार लोग पढ़ते हैं, संपादक ने कहा।",
    "ہمارے نیوز لیٹر کے دس ہزار قارئین ہیں، مدیر نے کہا۔",
    "Unseren kostenlosen Newsletter lesen inzwischen tausend Menschen, sagte der Bürgermeister.",
    "Hak cipta atas lagu itu dipegang keluarga penciptanya.",
]


@pytest.mark.parametrize("line", LINES)
@pytest.mark.parametrize("context", [None, EVERYTHING_KNOWN], ids=["nothing-known", "everything-known"])
def test_prose_stays_wherever_it_stands(line: str, context: CleanContext | None) -> None:
    body = f"{BODY}\n{BODY}"
    for text in (f"{line}\n{body}", f"{BODY}\n{line}\n{BODY}", f"{body}\n{line}"):
        assert clean(text, context).text == text
    if line.endswith(".") and not line.startswith("“"):
        glued = f"{body} {line}"
        assert clean(glued, context).text == glued


def test_a_last_paragraph_that_quotes_a_prompt_stays() -> None:
    for end in (
        "“Share this.”",
        "she added: “Leave a comment.”",
        "The button says “Leave a comment”",
        "»Leave a Reply«",
    ):
        text = f"{BODY}\n{BODY} The page ends with a plea. {end}"
        assert clean(text, EVERYTHING_KNOWN).text == text


def test_an_article_about_blogs_keeps_what_it_quotes() -> None:
    text = (
        "The new blog software prints “Leave a Comment” under every text. Older themes print “No Comments on” and the title.\n"
        "Readers who see “Your email address will not be published” may trust it or not.\n"
        "Share buttons, such as Facebook, Twitter and WhatsApp, are switched off. “Cancel reply” is there as well."
    )
    assert clean(text, EVERYTHING_KNOWN).text == text


@pytest.mark.parametrize(
    "text",
    [
        # A poem, an interview with short answers, a list, a table, a recipe.
        "Home\nThe tide comes home\nMore\nthan we asked\nand less\nthan we feared\nClose\nthe door\nIt is late.\nIt is home.",
        "Did you see the bridge? I did.\nYes.\nWas it open? It was not.\nNo.\nWhy? I do not know.\nAsk them.\nThey know.",
        "- Bread\n- Salt. A pinch will do.\n- Water\n- Yeast. Fresh is best.\nMix it all. Wait an hour.",
        "Team | Points\nHarbour | 12\nBay | 11\nThe league ends in May. Nobody can catch Harbour now.",
        "200 g flour\n2 eggs\nPrint the shape on paper. Cut it out.\nBake for 30 minutes. Serve warm.",
    ],
)
def test_short_lines_are_no_boilerplate_by_themselves(text: str) -> None:
    assert clean(text, CleanContext(language="de")).text == text


def test_a_dateline_stays_and_is_copied() -> None:
    for line, agency in (("BERLIN (AP) — ", "AP"), ("KYIV, Feb 24 (Reuters) - ", "Reuters"), ("（北京）", None)):
        text = line + BODY
        cleaned = clean(text, EVERYTHING_KNOWN)
        assert cleaned.text == text
        if agency:
            assert cleaned.dateline == line.strip(" —-")
            assert cleaned.agencies == (agency,)


def test_a_title_that_is_a_common_word_anchors_nothing() -> None:
    for title in ("Update", "Ukraine", "War", "Bridge", "Коротко", "速報"):
        text = f"24.02.2022 No Comments on {title} The ministry was silent.\n{BODY}"
        assert clean(text, CleanContext(titles=(title,))).text == text


def test_a_lead_that_repeats_the_title_as_a_sentence_stays() -> None:
    text = f"{TITLE}.\n{BODY}"
    assert clean(text, CleanContext(titles=(TITLE,))).text == text


def test_news_about_the_author_is_no_note_on_the_author() -> None:
    text = f"{BODY}\n{BODY}\nAnn Lee of Harbour Street was the last to cross, and she waved."
    assert clean(text, EVERYTHING_KNOWN).text == text


def test_a_known_caption_that_is_the_lead_stays() -> None:
    context = CleanContext(captions=("The old bridge closed on Monday.",))
    text = f"The old bridge closed on Monday.\n{BODY}"
    assert clean(text, context).text == text
