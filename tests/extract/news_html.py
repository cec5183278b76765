"""Small news pages for tests: invented news in many languages, and the markup around it."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from html import escape

from etl.extract.page import extract_page
from etl.model import Page

CAPTURED = datetime(2024, 5, 20, 12, 0, tzinfo=UTC)
URL = "https://www.nordhafen-post.example/region/ferry-line-reopens"
TITLE = "Ferry line across the Lunde reopens after nine years"
PARAGRAPHS = (
    "The ferry between Nordhafen and Ostmark carried its first passengers in nine years on Monday, after the harbour council approved a new landing stage.",
    "About three hundred people waited in the rain for the first crossing, which left eleven minutes late because a cable had come loose.",
    "Captain Ilse Brandvold said the boat would run every forty minutes until the end of October and twice an hour at weekends.",
    "The line was closed when ice damaged the old pier, and two attempts to find money for another one failed in the council.",
    "A ticket costs four crowns, children under twelve travel free, and bicycles may be taken on board outside the rush hour.",
    "Fishermen in the inner harbour had asked for a slower speed limit near their nets, and the operator has agreed to it.",
)
# language → headline and three paragraphs
NEWS = {
    "de": (
        "Fähre über die Lunde fährt nach neun Jahren wieder",
        "Die Fähre zwischen Nordhafen und Ostmark hat am Montag zum ersten Mal seit neun Jahren wieder Fahrgäste befördert, wie der Hafenrat mitteilte.",
        "Rund dreihundert Menschen warteten im Regen auf die erste Überfahrt, die wegen eines losen Seils elf Minuten zu spät begann.",
        "Eine Fahrkarte kostet vier Kronen, Kinder unter zwölf Jahren fahren frei, und Fahrräder dürfen außerhalb der Stoßzeit mit an Bord.",
    ),
    "es": (
        "El transbordador del Lunde vuelve a navegar tras nueve años",
        "El transbordador entre Puerto Norte y Marca Este llevó el lunes a sus primeros pasajeros en nueve años, según informó el consejo del puerto.",
        "Unas trescientas personas esperaron bajo la lluvia la primera travesía, que salió con once minutos de retraso por un cable suelto.",
        "El billete cuesta cuatro coronas, los niños menores de doce años viajan gratis y se admiten bicicletas fuera de la hora punta.",
    ),
    "fr": (
        "Le bac de la Lunde reprend du service après neuf ans",
        "Le bac entre Port-Nord et Marche-Est a transporté lundi ses premiers passagers depuis neuf ans, a annoncé le conseil du port.",
        "Environ trois cents personnes ont attendu sous la pluie la première traversée, partie avec onze minutes de retard à cause d'un câble.",
        "Le billet coûte quatre couronnes, les enfants de moins de douze ans voyagent gratuitement et les vélos sont admis hors des heures de pointe.",
    ),
    "ru": (
        "Паром через Лунде снова ходит спустя девять лет",
        "Паром между Северной гаванью и Восточной маркой в понедельник перевёз первых пассажиров за девять лет, сообщил совет порта.",
        "Около трёхсот человек ждали под дождём первого рейса, который отправился с опозданием на одиннадцать минут из-за троса.",
        "Билет стоит четыре кроны, дети до двенадцати лет ездят бесплатно, а велосипеды можно перевозить вне часа пик.",
    ),
    "uk": (
        "Пором через Лунде знову ходить через дев'ять років",
        "Пором між Північною гаванню та Східною маркою в понеділок перевіз перших пасажирів за дев'ять років, повідомила рада порту.",
        "Близько трьохсот людей чекали під дощем на перший рейс, який вирушив із запізненням на одинадцять хвилин через трос.",
        "Квиток коштує чотири крони, діти до дванадцяти років їздять безкоштовно, а велосипеди можна перевозити поза годиною пік.",
    ),
    "pl": (
        "Prom przez Lundę znów kursuje po dziewięciu latach",
        "Prom między Portem Północnym a Marchią Wschodnią przewiózł w poniedziałek pierwszych pasażerów od dziewięciu lat, poinformowała rada portu.",
        "Około trzystu osób czekało w deszczu na pierwszy rejs, który z powodu luźnej liny rozpoczął się z jedenastominutowym opóźnieniem.",
        "Bilet kosztuje cztery korony, dzieci poniżej dwunastu lat podróżują bezpłatnie, a rowery wolno zabierać poza godzinami szczytu.",
    ),
    "tr": (
        "Lunde feribotu dokuz yıl sonra yeniden sefere başladı",
        "Kuzey Limanı ile Doğu Sınırı arasındaki feribot pazartesi günü dokuz yıl sonra ilk yolcularını taşıdı, liman meclisi açıkladı.",
        "Yaklaşık üç yüz kişi yağmur altında ilk seferi bekledi; gevşeyen bir halat yüzünden sefer on bir dakika geç başladı.",
        "Bilet dört kron, on iki yaşından küçük çocuklar ücretsiz yolculuk ediyor ve bisikletler yoğun saatler dışında alınıyor.",
    ),
    "ar": (
        "عودة العبّارة عبر نهر لوندي بعد تسع سنوات",
        "نقلت العبّارة بين الميناء الشمالي والضفة الشرقية يوم الاثنين أول ركابها منذ تسع سنوات، حسبما أعلن مجلس الميناء في بيان.",
        "وانتظر نحو ثلاثمئة شخص تحت المطر الرحلة الأولى التي انطلقت متأخرة إحدى عشرة دقيقة بسبب حبل مرتخٍ في الرصيف.",
        "ويبلغ ثمن التذكرة أربع كرونات، ويسافر الأطفال دون الثانية عشرة مجاناً، ويسمح بالدراجات خارج ساعات الذروة.",
    ),
    "he": (
        "המעבורת על נהר לונדה חזרה לפעול אחרי תשע שנים",
        "המעבורת בין הנמל הצפוני לגדה המזרחית הסיעה ביום שני את נוסעיה הראשונים מזה תשע שנים, כך מסרה מועצת הנמל.",
        "כשלוש מאות בני אדם המתינו בגשם להפלגה הראשונה, שיצאה באיחור של אחת עשרה דקות בגלל כבל שהשתחרר.",
        "מחיר הכרטיס ארבעה כתרים, ילדים מתחת לגיל שתים עשרה נוסעים בחינם, ואופניים מותרים מחוץ לשעות העומס.",
    ),
    "hi": (
        "नौ साल बाद लुंडे नदी पर नौका सेवा फिर शुरू",
        "उत्तरी बंदरगाह और पूर्वी तट के बीच चलने वाली नौका ने सोमवार को नौ साल बाद पहली बार यात्रियों को पार पहुँचाया, बंदरगाह परिषद ने बताया।",
        "लगभग तीन सौ लोग बारिश में पहली यात्रा की प्रतीक्षा करते रहे, जो एक ढीली रस्सी के कारण ग्यारह मिनट देर से शुरू हुई।",
        "टिकट चार क्राउन का है, बारह साल से छोटे बच्चे मुफ़्त यात्रा करते हैं और भीड़ के समय को छोड़कर साइकिल ले जा सकते हैं।",
    ),
    "ja": (
        "ルンデ川の渡し船が九年ぶりに運航を再開",
        "北港と東岸を結ぶ渡し船が月曜日、九年ぶりに乗客を乗せて運航を再開したと港湾評議会が発表した。新しい桟橋は評議会の承認を受けて建てられた。",
        "雨の中でおよそ三百人が最初の便を待ったが、ロープが緩んでいたため、出航は予定より十一分遅れた。船長は安全を優先したと話した。",
        "運賃は四クローネで、十二歳未満の子どもは無料となる。自転車は混雑する時間帯を除いて持ち込むことができる。",
    ),
    "zh": (
        "伦德河渡轮停航九年后恢复运营",
        "连接北港与东岸的渡轮周一恢复运营，九年来首次搭载乘客，港口委员会在一份声明中表示。新码头在委员会批准之后建成。",
        "大约三百人在雨中等待首航，由于一根缆绳松动，渡轮比原定时间晚了十一分钟出发。船长表示安全永远是第一位的。",
        "船票售价四克朗，十二岁以下儿童免费乘坐，高峰时段以外可以携带自行车上船。内港的渔民曾要求降低航速。",
    ),
    "ko": (
        "룬데강 나룻배, 아홉 해 만에 운항 재개",
        "북항과 동쪽 기슭을 잇는 나룻배가 월요일 아홉 해 만에 처음으로 승객을 태우고 운항을 재개했다고 항만 위원회가 밝혔다.",
        "약 삼백 명이 빗속에서 첫 배를 기다렸으며, 느슨해진 밧줄 때문에 출발이 예정보다 십일 분 늦어졌다고 선장이 설명했다.",
        "요금은 네 크로네이고 열두 살 미만 어린이는 무료이며, 혼잡한 시간을 제외하면 자전거를 실을 수 있다고 운영사는 전했다.",
    ),
}


def paragraphs(lines: tuple[str, ...]) -> str:
    return "\n".join(f"<p>{escape(line, quote=False)}</p>" for line in lines)


def ld(*nodes: object) -> str:
    return "".join(f'<script type="application/ld+json">{json.dumps(n, ensure_ascii=False)}</script>' for n in nodes)


def html(
    *,
    title: str = TITLE,
    head: str = "",
    before: str = "",
    lines: tuple[str, ...] = PARAGRAPHS,
    after: str = "",
    lang: str = "en",
    title_tag: str | None = None,
) -> str:
    """A page with a menu, one article and a footer; `before` stands under the headline, `after` under the text."""
    return (
        f'<!DOCTYPE html><html lang="{lang}"><head><title>{escape(title_tag or title)}</title>{head}</head><body>'
        '<nav><ul><li><a href="/a">Aaa</a></li><li><a href="/b">Bbb</a></li></ul></nav>'
        f"<main><article><h1>{escape(title)}</h1>{before}{paragraphs(lines)}{after}</article></main>"
        '<footer><a href="/imprint">Imprint</a></footer></body></html>'
    )


def read(page: str | bytes, *, url: str = URL, content_type: str | None = "text/html", at: datetime = CAPTURED) -> Page:
    body = page.encode() if isinstance(page, str) else page
    return extract_page(body, url=url, captured_at=at, content_type=content_type)
