"""Texts of made-up wire stories in several scripts, from fixed seeds; nobody's sentences."""

from __future__ import annotations

import random

WORDS = {
    "latin": "council river harbour minister budget market workers storm bridge school museum winter doctors railway "
    "harvest budget region evening morning company island station report city border energy water street",
    "cyrillic": "город река министр бюджет рынок рабочие буря мост школа музей зима врачи урожай область вечер остров "
    "станция граница энергия вода улица доклад партия погода завод театр",
    "arabic": "المدينة النهر الوزير الميزانية السوق العمال العاصفة الجسر المدرسة المتحف الشتاء الأطباء الحصاد المنطقة "
    "المساء الجزيرة المحطة الحدود الطاقة المياه الشارع التقرير",
    "cjk": "市议会部长预算河流港口工人风暴学校博物馆医生铁路收成地区晚上公司岛屿车站报告边界能源水街道天气工厂剧院冬季市场",
    "thai": "เมืองแม่น้ำรัฐมนตรีงบประมาณตลาดคนงานพายุสะพานโรงเรียนพิพิธภัณฑ์ฤดูหนาวแพทย์เก็บเกี่ยวภาคเย็นเกาะสถานี",
    "hindi": "नगर नदी मंत्री बजट बाज़ार मज़दूर तूफ़ान पुल विद्यालय संग्रहालय सर्दी चिकित्सक फ़सल क्षेत्र शाम द्वीप स्टेशन सीमा",
}
SCRIPTS = tuple(WORDS)


def story(seed: int, script: str = "latin", paragraphs: int = 6) -> str:
    """A text of its own: words drawn at random, with names and numbers."""
    draw = random.Random(f"{script}{seed}")
    spaceless = script in ("cjk", "thai")
    vocabulary = list(WORDS[script]) if spaceless else WORDS[script].split()
    lines = []
    for _ in range(paragraphs):
        words = [draw.choice(vocabulary) for _ in range(60 if spaceless else 40)]
        for place in range(4, len(words), 9):
            words[place] = str(draw.randrange(10, 99999)) if draw.random() < 0.5 else words[place].title() + "sson"
        lines.append(("" if spaceless else " ").join(words) + ("。" if script == "cjk" else "."))
    return "\n".join(lines)
