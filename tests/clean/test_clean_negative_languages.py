"""Prose in every language that begins, or ends, like boilerplate: none of it may change.

For each locale: a last sentence about leaving comments; the networks as subject of a sentence; figures that were
published or updated; advertising as a subject; a picture as a subject; what one is urged to read or share.
"""

from __future__ import annotations

import pytest
from clean_articles import ARTICLES
from test_clean_comment_links import LINKS

from etl.clean.engine import CleanContext, clean

PROSE: dict[str, tuple[str, ...]] = {
    "da_DK": (
        "Borgerne kan skrive en kommentar på kommunens side.",
        "Facebook og Twitter sagde mandag, at de fjerner opslagene.",
        "Opdaterede tal fra politiet viser færre tyverier.",
        "Annoncer for millioner blev trukket tilbage tirsdag.",
        "Foto var hendes liv, fortæller den gamle redaktør.",
        "Læs også det med småt, siger borgmesteren.",
        "Del brødet med din nabo, stod der på skiltet.",
    ),
    "de_DE": (
        "Leser können auf der Seite der Stadt einen Kommentar schreiben.",
        "Facebook und Twitter teilten am Montag mit, dass sie die Beiträge löschen.",
        "Aktualisierte Zahlen der Polizei zeigen weniger Diebstähle.",
        "Anzeige erstattete der Mann erst am Dienstag.",
        "Bild und Ton passten nicht zusammen, sagt der Regisseur.",
        "Lesen Sie auch das Kleingedruckte, rät die Ministerin.",
        "Teilen wollte er den Gewinn mit niemandem.",
    ),
    "el": (
        "Οι πολίτες μπορούν να αφήσουν ένα σχόλιο στη σελίδα του δήμου.",
        "Το Facebook και το Twitter είπαν τη Δευτέρα ότι θα σβήσουν τις αναρτήσεις.",
        "Ενημερωμένα στοιχεία της αστυνομίας δείχνουν λιγότερες κλοπές.",
        "Διαφημίσεις αξίας εκατομμυρίων αποσύρθηκαν την Τρίτη.",
        "Φωτογραφίες ήταν ό,τι απέμεινε από το σπίτι.",
        "Διαβάστε επίσης τα ψιλά γράμματα, είπε ο δήμαρχος.",
        "Σχόλια δεν έγιναν από το υπουργείο.",
    ),
    "es_ES": (
        "Los vecinos pueden dejar un comentario en la página del ayuntamiento.",
        "Facebook y Twitter dijeron el lunes que retirarán los mensajes.",
        "Publicado en 1851, el libro se sigue leyendo.",
        "Publicidad y noticia no son lo mismo, recordó el juez.",
        "Foto a foto, el archivo cuenta la historia del puente.",
        "Lea también la letra pequeña, aconseja la ministra.",
        "Comparte piso con dos amigos desde mayo.",
    ),
    "fi": (
        "Asukkaat voivat jättää kommentin kaupungin sivulle.",
        "Facebook ja Twitter kertoivat maanantaina poistavansa julkaisut.",
        "Päivitetyt luvut kertovat varkauksien vähentyneen.",
        "Mainos maksoi kaupungille miljoona euroa.",
        "Kuva on otettu sillalta ennen sen sulkemista.",
        "Lue myös pieni präntti, neuvoo ministeri.",
        "Jaa leipäsi naapurin kanssa, kyltissä luki.",
    ),
    "fr_FR": (
        "Les habitants peuvent laisser un commentaire sur le site de la mairie.",
        "Facebook et Twitter ont annoncé lundi le retrait des messages.",
        "Publié en 1851, le livre se lit encore.",
        "Publicité et information ne se confondent pas, a rappelé la juge.",
        "Photo après photo, les archives racontent le pont.",
        "Lire aussi les petites lignes, conseille la ministre.",
        "Partager le pain était la règle de la maison.",
    ),
    "id_ID": (
        "Warga dapat meninggalkan komentar di situs dewan.",
        "Facebook dan Twitter mengatakan pada Senin akan menghapus unggahan itu.",
        "Diperbarui terakhir kali pada 1990, jembatan itu kini berkarat.",
        "Iklan senilai miliaran ditarik pada Selasa.",
        "Foto keluarga adalah satu-satunya yang tersisa dari rumah itu.",
        "Baca juga tulisan kecilnya, kata menteri.",
        "Bagikan roti dengan tetangga, begitu bunyi papan itu.",
    ),
    "it_IT": (
        "I residenti possono lasciare un commento sul sito del comune.",
        "Facebook e Twitter hanno detto lunedì che toglieranno i messaggi.",
        "Pubblicato nel 1851, il libro si legge ancora.",
        "Pubblicità e notizie non sono la stessa cosa, ha ricordato il giudice.",
        "Foto dopo foto, l'archivio racconta il ponte.",
        "Leggi anche le righe piccole, consiglia la ministra.",
        "Condividi il pane con il vicino, diceva il cartello.",
    ),
    "ja": (
        "住民は市のサイトにコメントを残すことができる。",
        "フェイスブックとツイッターは月曜日、投稿を削除すると発表した。",
        "更新された統計によると、窃盗は減っている。",
        "広告費は三年続けて減った。",
        "写真だけが家から残った。",
        "関連する法律は十本に上る。",
        "共有することの意味を市長は語った。",
    ),
    "ko_KR": (
        "주민들은 시 홈페이지에 댓글을 남길 수 있다.",
        "페이스북과 트위터는 월요일 게시물을 삭제하겠다고 밝혔다.",
        "업데이트된 통계에 따르면 절도가 줄었다.",
        "광고비는 삼 년째 줄었다.",
        "사진만이 집에서 남았다.",
        "관련 법률은 열 가지에 이른다.",
        "공유하기 어려운 이야기라고 시장은 말했다.",
    ),
    "nb_NO": (
        "Innbyggerne kan legge igjen en kommentar på kommunens side.",
        "Facebook og Twitter sa mandag at de fjerner innleggene.",
        "Oppdaterte tall fra politiet viser færre tyverier.",
        "Annonser for millioner ble trukket tirsdag.",
        "Foto var livet hennes, forteller redaktøren.",
        "Les også det som står med liten skrift, sier ministeren.",
        "Del brødet med naboen, sto det på skiltet.",
    ),
    "nl_NL": (
        "Bewoners kunnen op de site van de gemeente een reactie achterlaten.",
        "Facebook en Twitter zeiden maandag dat ze de berichten weghalen.",
        "Gepubliceerd in 1851 en nog altijd gelezen: het boek blijft.",
        "Advertenties voor miljoenen werden dinsdag teruggetrokken.",
        "Foto na foto vertelt het archief over de brug.",
        "Lees ook de kleine letters, raadt de minister aan.",
        "Delen wilde hij de winst met niemand.",
    ),
    "pl_PL": (
        "Mieszkańcy mogą dodać komentarz na stronie miasta.",
        "Facebook i Twitter poinformowały w poniedziałek, że usuną wpisy.",
        "Opublikowano tysiące książek o moście, a żadna nie jest dobra.",
        "Reklama kosztowała miasto milion złotych.",
        "Foto było jej życiem, wspomina redaktor.",
        "Czytaj też drobny druk, radzi minister.",
        "Udostępnij swój dom sąsiadom, głosił napis.",
    ),
    "pt_BR": (
        "Os moradores podem deixar um comentário no site da câmara.",
        "Facebook e Twitter disseram na segunda que vão retirar as mensagens.",
        "Publicado em 1851, o livro ainda é lido.",
        "Publicidade e notícia não são a mesma coisa, lembrou a juíza.",
        "Foto a foto, o arquivo conta a ponte.",
        "Leia também as letras pequenas, aconselha a ministra.",
        "Compartilhe o pão com o vizinho, dizia a placa.",
    ),
    "pt_PT": (
        "Os moradores podem deixar um comentário na página da assembleia.",
        "O Facebook e o Twitter disseram na segunda-feira que vão retirar as mensagens.",
        "Atualizado em maio, o plano já não serve.",
        "Publicidade a mais cansa, disse o autarca.",
        "Fotografias eram tudo o que restava da casa.",
        "Veja também o outro lado, pediu a ministra.",
        "Partilhe o pão com o vizinho, dizia o letreiro.",
    ),
    "ru_RU": (
        "Жители могут оставить комментарий на сайте мэрии.",
        "Фейсбук и Твиттер сообщили в понедельник, что удалят записи.",
        "Обновлено только одно перо моста, остальные ржавеют.",
        "Реклама обошлась городу в миллион.",
        "Фото было её жизнью, вспоминает редактор.",
        "Читайте также мелкий шрифт, советует министр.",
        "Поделиться хлебом с соседом велел обычай.",
    ),
    "sr_RS": (
        "Грађани могу да оставе коментар на страници града.",
        "Фејсбук и Твитер саопштили су у понедељак да ће уклонити објаве.",
        "Објављено је хиљаду књига о мосту, а ниједна није добра.",
        "Реклама је град коштала милион.",
        "Фото је био њен живот, сећа се уредник.",
        "Прочитајте и ситна слова, саветује министарка.",
        "Коментари министарства нису стигли.",
    ),
    "sv_SE": (
        "Invånarna kan lämna en kommentar på kommunens sida.",
        "Facebook och Twitter sade på måndagen att de tar bort inläggen.",
        "Uppdaterade siffror från polisen visar färre stölder.",
        "Annons efter annons drogs tillbaka i tisdags.",
        "Bild för bild berättar arkivet om bron.",
        "Läs också det finstilta, råder ministern.",
        "Dela brödet med grannen, stod det på skylten.",
    ),
    "th": (
        "ชาวบ้านสามารถแสดงความเห็นบนเว็บไซต์ของสภาเมือง",
        "เฟซบุ๊กและทวิตเตอร์กล่าวเมื่อวันจันทร์ว่าจะลบโพสต์เหล่านั้น",
        "เผยแพร่ครั้งแรกเมื่อร้อยปีก่อน หนังสือเล่มนี้ยังมีคนอ่าน",
        "โฆษณามูลค่าหลายล้านถูกถอนเมื่อวันอังคาร",
        "ภาพถ่ายคือสิ่งเดียวที่เหลือจากบ้านหลังนั้น",
        "อ่านเพิ่มเติมให้มากก่อนตัดสินใจ รัฐมนตรีแนะนำ",
    ),
    "tl": (
        "Maaaring mag-iwan ng puna ang mga residente sa pahina ng konseho.",
        "Sinabi ng Facebook at Twitter noong Lunes na tatanggalin nila ang mga post.",
        "Inilathala noong 1851, binabasa pa rin ang aklat.",
        "Patalastas ang ikinabuhay ng pahayagan.",
        "Larawan na lamang ang natira sa bahay.",
        "Basahin din ang maliliit na letra, payo ng ministro.",
    ),
    "tr_TR": (
        "Sakinler belediyenin sayfasına yorum yapabilir.",
        "Facebook ve Twitter pazartesi günü gönderileri kaldıracağını söyledi.",
        "Güncellenen rakamlara göre hırsızlık azaldı.",
        "Reklam şehre bir milyona mal oldu.",
        "Fotoğraf onun hayatıydı, diye anlatıyor editör.",
        "İlgili bakan soruları yanıtlamadı.",
        "Paylaş ekmeğini komşunla, yazıyordu tabelada.",
    ),
    "uk": (
        "Мешканці можуть залишити коментар на сайті міськради.",
        "Фейсбук і Твіттер повідомили в понеділок, що видалять дописи.",
        "Оновлено лише одну опору мосту, решта іржавіє.",
        "Реклама коштувала місту мільйон.",
        "Фото було її життям, згадує редактор.",
        "Читайте також дрібний шрифт, радить міністерка.",
        "Поділитися хлібом із сусідом велів звичай.",
    ),
    "vi": (
        "Người dân có thể để lại một bình luận trên trang của hội đồng.",
        "Facebook và Twitter hôm thứ Hai cho biết sẽ gỡ các bài đăng.",
        "Cập nhật cuối cùng của kế hoạch là từ mười năm trước.",
        "Quảng cáo trị giá hàng triệu đã bị rút hôm thứ Ba.",
        "Ảnh gia đình là thứ duy nhất còn lại của ngôi nhà.",
        "Xem thêm vài lần nữa rồi hãy quyết định, bộ trưởng khuyên.",
    ),
    "zh_CN": (
        "居民可以在市政府网站上发表评论。",
        "脸书和推特周一表示将删除这些帖子。",
        "更新后的数字显示，盗窃案有所减少。",
        "广告支出连续第三年下降。",
        "图片是这座房子留下的唯一东西。",
        "相关部门没有回应。",
        "分享面包是这里的习俗。",
    ),
    "zh_TW": (
        "居民可以在市政府網站上發佈留言。",
        "臉書和推特週一表示將刪除這些貼文。",
        "更新後的數字顯示，竊盜案有所減少。",
        "廣告支出連續第三年下降。",
        "照片是這座房子留下的唯一東西。",
        "相關單位沒有回應。",
        "分享麵包是這裡的習俗。",
    ),
    "ar": (
        "يستطيع السكان ترك تعليق على موقع المجلس.",
        "قالت فيسبوك وتويتر يوم الاثنين إنهما ستحذفان المنشورات.",
        "نشر الكتاب عام 1851 وما زال يقرأ.",
        "إعلان الهدنة جاء متأخرا مساء الثلاثاء.",
        "صورة البيت هي كل ما بقي منه.",
        "اقرأ أيضا ما كتب بخط صغير، نصح الوزير.",
        "مشاركة الخبز مع الجار عادة قديمة هنا.",
    ),
    "fa": (
        "شهروندان می‌توانند در سایت شورا نظر بدهند.",
        "فیسبوک و توییتر روز دوشنبه گفتند پست‌ها را پاک می‌کنند.",
        "انتشار کتاب در سال ۱۸۵۱ بود و هنوز خوانده می‌شود.",
        "تبلیغات برای شهر یک میلیون هزینه داشت.",
        "عکس تنها چیزی بود که از خانه ماند.",
        "بیشتر بخوانید و کمتر بنویسید، پیرمرد گفت.",
    ),
    "he": (
        "התושבים יכולים להשאיר תגובה באתר המועצה.",
        "פייסבוק וטוויטר אמרו ביום שני שיסירו את הפוסטים.",
        "פורסם ספר חדש על הגשר, ואיש לא קנה אותו.",
        "פרסומת אחת עלתה לעיר מיליון.",
        "צילום היה כל חייה, מספר העורך.",
        "קראו גם את האותיות הקטנות, אמרה השרה.",
        "שיתוף הלחם עם השכן הוא מנהג ישן.",
    ),
    "hi": (
        "निवासी परिषद की साइट पर टिप्पणी छोड़ सकते हैं।",
        "फेसबुक और ट्विटर ने सोमवार को कहा कि वे पोस्ट हटा देंगे।",
        "प्रकाशित होने के सौ साल बाद भी यह किताब पढ़ी जाती है।",
        "विज्ञापन पर शहर ने दस लाख खर्च किए।",
        "फोटो ही घर से बचा था।",
        "यह भी पढ़ें और फिर फैसला करें, मंत्री ने कहा।",
        "शेयर बाजार मंगलवार को गिर गया।",
    ),
}
CASES = [(locale, line) for locale, lines in PROSE.items() for line in lines]


@pytest.mark.parametrize(("locale", "line"), CASES)
def test_a_sentence_that_begins_like_boilerplate_stays_wherever_it_stands(locale: str, line: str) -> None:
    title, body = ARTICLES[locale]
    for context in (
        CleanContext(),
        CleanContext(titles=(title,), authors=("Ann Lee",), categories=("News",), language=locale[:2]),
    ):
        for text in (f"{line}\n{body}\n{body}", f"{body}\n{line}\n{body}", f"{body}\n{body}\n{line}", f"{body} {line}"):
            assert clean(text, context).text == text


@pytest.mark.parametrize("locale", [locale for locale, (_, _, many, _) in LINKS.items() if many.startswith("{n}")])
def test_comments_that_a_sentence_speaks_of_are_no_link(locale: str) -> None:
    title, body = ARTICLES[locale]
    several = LINKS[locale][2].replace("{n}", "12").replace("{t}", title)
    for text in (f"{several} ab, cd efg hij.\n{body}", f"Xyz uvw {several[0]}{several[1:]} ab cd.\n{body}"):
        assert clean(text, CleanContext(titles=(title,), language=locale[:2])).text == text


def test_thirty_locales_are_held() -> None:
    assert len(PROSE) >= 27
    assert set(PROSE) | {"en_US"} == set(ARTICLES)
