"""What themes, plug-ins and newsrooms print after the last paragraph."""

from __future__ import annotations

import pytest
from clean_articles import ARTICLES

from etl.clean.engine import CleanContext, clean, rebuild

# Locale -> leave a comment, leave a reply, cancel, closed, log in, e-mail.
PROMPTS: dict[str, tuple[str, ...]] = {
    "en_US": (
        "Leave a Comment",
        "Leave a Reply",
        "Cancel reply",
        "Comments are closed.",
        "You must be logged in to post a comment.",
        "Your email address will not be published.",
    ),
    "da_DK": (
        "Skriv en kommentar",
        "Skriv et svar",
        "Annuller svar",
        "Der er lukket for kommentarer.",
        "Du skal være logget ind for at skrive en kommentar.",
        "Din e-mailadresse vil ikke blive publiceret.",
    ),
    "de_DE": (
        "Schreibe einen Kommentar",
        "Kommentar verfassen",
        "Antwort abbrechen",
        "Die Kommentare sind geschlossen.",
        "Du musst angemeldet sein, um einen Kommentar abzugeben.",
        "Deine E-Mail-Adresse wird nicht veröffentlicht.",
    ),
    "el": (
        "Σχολιάστε",
        "Αφήστε μια απάντηση",
        "Ακύρωση απάντησης",
        "Τα σχόλια είναι απενεργοποιημένα.",
        "Για να σχολιάσετε πρέπει να συνδεθείτε.",
        "Η ηλ. διεύθυνση σας δεν δημοσιεύεται.",
    ),
    "es_ES": (
        "Deja un comentario",
        "Deja una respuesta",
        "Cancelar la respuesta",
        "Los comentarios están cerrados.",
        "Lo siento, debes estar conectado para publicar un comentario.",
        "Tu dirección de correo electrónico no será publicada.",
    ),
    "fi": (
        "Jätä kommentti",
        "Peruuta vastaus",
        "Kommentit on suljettu.",
        "Sinun täytyy kirjautua sisään kommentoidaksesi.",
        "Sähköpostiosoitettasi ei julkaista.",
    ),
    "fr_FR": (
        "Laisser un commentaire",
        "Annuler la réponse",
        "Les commentaires sont fermés.",
        "Vous devez vous connecter pour publier un commentaire.",
        "Votre adresse e-mail ne sera pas publiée.",
    ),
    "id_ID": (
        "Tinggalkan sebuah Komentar",
        "Tinggalkan Balasan",
        "Batalkan balasan",
        "Komentar ditutup.",
        "Anda harus masuk untuk berkomentar.",
        "Alamat email Anda tidak akan dipublikasikan.",
    ),
    "it_IT": (
        "Lascia un commento",
        "Annulla risposta",
        "I commenti sono chiusi.",
        "Devi essere connesso per inviare un commento.",
        "Il tuo indirizzo email non sarà pubblicato.",
    ),
    "ja": (
        "コメントする",
        "コメントを残す",
        "コメントをキャンセル",
        "コメントは受け付けていません。",
        "コメントを投稿するにはログインしてください。",
        "メールアドレスが公開されることはありません。",
    ),
    "ko_KR": (
        "댓글 남기기",
        "답글 남기기",
        "응답 취소",
        "댓글이 닫혀있습니다.",
        "댓글을 달기 위해서는 로그인해야합니다.",
        "이메일 주소는 공개되지 않습니다.",
    ),
    "nb_NO": (
        "Legg igjen en kommentar",
        "Avbryt svar",
        "Kommentarer er stengt.",
        "Du må være innlogget for å kunne kommentere.",
        "Din e-postadresse vil ikke bli publisert.",
    ),
    "nl_NL": (
        "Geef een reactie",
        "Reactie annuleren",
        "Reacties zijn gesloten.",
        "Je moet ingelogd zijn op om een reactie te plaatsen.",
        "Je e-mailadres wordt niet gepubliceerd.",
    ),
    "pl_PL": (
        "Dodaj komentarz",
        "Anuluj pisanie odpowiedzi",
        "Możliwość komentowania została wyłączona.",
        "Musisz się zalogować, aby móc dodać komentarz.",
        "Twój adres e-mail nie zostanie opublikowany.",
    ),
    "pt_BR": (
        "Deixe um comentário",
        "Cancelar resposta",
        "Os comentários estão desativados.",
        "Você precisa fazer o login para publicar um comentário.",
        "O seu endereço de e-mail não será publicado.",
    ),
    "pt_PT": (
        "Deixe um comentário",
        "Os comentários estão fechados.",
        "Tem de iniciar a sessão para publicar um comentário.",
        "O seu endereço de email não será publicado.",
    ),
    "ru_RU": (
        "Добавить комментарий",
        "Отменить ответ",
        "Обсуждение закрыто.",
        "Для отправки комментария вам необходимо авторизоваться.",
        "Ваш адрес email не будет опубликован.",
    ),
    "sr_RS": (
        "Оставите коментар",
        "Оставите одговор",
        "Одустани од одговора",
        "Затворено за коментаре.",
        "Жао нам је, да би поставили коментар, морате бити пријављени.",
        "Ваша адреса е-поште неће бити објављена.",
    ),
    "sv_SE": (
        "Lämna en kommentar",
        "Lämna ett svar",
        "Avbryt svar",
        "Kommentarer inaktiverade.",
        "Du måste vara inloggad för att publicera en kommentar.",
        "Din e-postadress kommer inte publiceras.",
    ),
    "th": (
        "ให้ความเห็น",
        "ใส่ความเห็น",
        "ยกเลิกการตอบ",
        "การแสดงความเห็นถูกปิด",
        "คุณต้องเข้าสู่ระบบ เพื่อจะพิมพ์ความเห็น",
        "อีเมลของคุณจะไม่แสดงให้คนอื่นเห็น",
    ),
    "tl": (
        "Mag-iwan ng Puna",
        "Mag-iwan ng Tugon",
        "Sarado na ang mga puna.",
        "Dapat ay nakatala ka para makapagpaskil ng puna.",
        "Ang iyong email address ay hindi ipa-publish.",
    ),
    "tr_TR": (
        "Yorum yapın",
        "Bir yanıt yazın",
        "Yanıtı iptal et",
        "Yorumlar kapatılmış.",
        "Yorum yapabilmek için oturum açmalısınız.",
        "E-posta adresiniz yayınlanmayacak.",
    ),
    "uk": (
        "Залишити коментар",
        "Залишити відповідь",
        "Скасувати коментар",
        "Коментарі закриті.",
        "Щоб відправити коментар вам необхідно авторизуватись.",
        "Ваша e-mail адреса не оприлюднюватиметься.",
    ),
    "vi": (
        "Gửi bình luận",
        "Để lại một bình luận",
        "Bình luận đã bị đóng.",
        "Bạn phải đăng nhập để gửi bình luận.",
        "Email của bạn sẽ không được hiển thị công khai.",
    ),
    "zh_CN": (
        "发表评论",
        "发表回复",
        "取消回复",
        "评论已关闭。",
        "要发表评论，您必须先登录。",
        "您的邮箱地址不会被公开。",
    ),
    "zh_TW": (
        "發佈留言",
        "取消回覆",
        "留言功能已關閉。",
        "很抱歉，必須登入網站才能發佈留言。",
        "發佈留言必須填寫的電子郵件地址不會公開。",
    ),
    "ar": (
        "أضف تعليق",
        "اترك تعليقاً",
        "إلغاء الرد",
        "التعليقات مغلقة.",
        "يجب أنت تكون مسجل الدخول لتضيف تعليق.",
        "لن يتم نشر عنوان بريدك الإلكتروني.",
    ),
    "fa": ("دیدگاهتان را بنویسید", "ارسال نظر", "نشانی ایمیل شما منتشر نخواهد شد."),
    "he": ("כתיבת תגובה", "השאר תגובה", "האימייל לא יוצג באתר."),
    "hi": ("टिप्पणी करें", "एक टिप्पणी छोड़ें"),
}
CASES = [(locale, prompt) for locale, prompts in PROMPTS.items() for prompt in prompts]


def body_of(locale: str) -> str:
    """A body that a prompt is less than a quarter of, and that ends with a full stop where the script has one."""
    body = "\n".join([ARTICLES[locale][1]] * 2)
    return body + "." if locale == "th" else body


@pytest.mark.parametrize(("locale", "prompt"), CASES)
@pytest.mark.parametrize(
    "start", ["\n", "", " ", "\n\n", "\r\n", "\u2028"], ids=["line", "glued", "space", "2", "crlf", "ls"]
)
def test_a_comment_prompt_ends_no_article(locale: str, prompt: str, start: str) -> None:
    body = body_of(locale)
    text = body + start + prompt
    cleaned = clean(text)
    assert cleaned.text == body
    assert rebuild(cleaned.text, cleaned.cuts) == text


BODY = (
    body_of("en_US") + "\nThe mayor said that the new bridge would be twice as wide, and open to walkers all the time."
)
TITLE = ARTICLES["en_US"][0]


def assert_cut(boilerplate: str, context: CleanContext | None = None, body: str = BODY) -> None:
    text = f"{body}\n{boilerplate}"
    cleaned = clean(text, context)
    assert cleaned.text == body, cleaned.flags
    assert rebuild(cleaned.text, cleaned.cuts) == text
    assert clean(cleaned.text, context).cuts == ()


@pytest.mark.parametrize(
    "boilerplate",
    [
        "Share this:\nRelated articles\nLeave a Reply\nCancel reply",
        "Share this:\nClick to share on X (Opens in new window)\nLike this:\nLike Loading…\nRelated articles",
        "Share this: Click to share on X (Opens in new window) Click to share on Facebook (Opens in new window) "
        "Like this: Like Loading… Related articles",
        "Facebook Twitter Pinterest WhatsApp",
        "FacebookTwitterPinterestWhatsApp",
        "Facebook 1.2K Twitter 300 Email Print",
        "Facebook Twitter WhatsApp SMS Email Print Copy article link Save",
        "Drucken, Mailen, Merken",
        "VKontakte\nОдноклассники Telegram WhatsApp".split("\n")[1],
        "微信 微博 QQ空间 分享到",
        "Previous articleHarbour fees rise again\nNext articleNew mayor takes office",
        "Previous articleHarbour fees riseNext articleNew mayor takes office",
        "RELATED ARTICLESMORE FROM AUTHOR\nLEAVE A REPLY Cancel reply",
        "Log in or register to post comments",
        "Printer-friendly version",
        "Email ThisBlogThis!Share to TwitterShare to FacebookShare to Pinterest",
        "Posted by Ann at 2:01 PM Email ThisBlogThis!Share to TwitterShare to Facebook Labels: bridge",
        "Newer Post Older Post Home",
        "Welcome to the discussion.",
        "Keep it Clean. Be Nice.",
        "Please enable JavaScript to view the comments powered by Disqus.",
        "This site uses Akismet to reduce spam. Learn how your comment data is processed.",
        "Diese Website verwendet Akismet, um Spam zu reduzieren. Erfahre mehr darüber.",
        "このサイトはスパムを低減するために Akismet を使っています。",
        "12 views 0 comments",
        "Recent Posts See All",
        "Comments (0)",
        "3 комментария",
        "Thanks for reading! Subscribe for free to receive new posts and support my work.",
        "Sign up for our newsletter",
        "Get the day's top stories in your inbox every morning.",
        "Follow us on Facebook and Instagram",
        "Подписывайтесь на наш Telegram-канал",
        "Síguenos en Facebook, Instagram y WhatsApp",
        "تابعونا على فيسبوك وتويتر",
        "हमें फेसबुक और ट्विटर पर फॉलो करें",
        "関連記事\nあわせて読みたい",
        "Etiketler: köprü, liman, belediye",
        "August 08, 2018",
        "Updated at 1:23 p.m.",
        "This is a developing story. Please check back for updates.",
        "(END)",
        "Do you have a story to tell? Email: desk@post.example",
        "Support our journalism with a donation",
        "Originally published on Harbour Weekly.",
    ],
)
def test_boilerplate_after_the_text_goes(boilerplate: str) -> None:
    assert_cut(boilerplate, CleanContext(language="en"))


@pytest.mark.parametrize(
    "footer",
    [
        "The post {t} appeared first on {s}.",
        "Der Beitrag {t} erschien zuerst auf {s}.",
        "L’article {t} est apparu en premier sur {s}.",
        "La entrada {t} se publicó primero en {s}.",
        "O post {t} apareceu primeiro em {s}.",
        "L'articolo {t} proviene da {s}.",
        "Het bericht {t} verscheen eerst op {s}.",
        "Inlägget {t} dök först upp på {s}.",
        "Innlegget {t} dukket først opp på {s}.",
        "Indlægget {t} blev først udgivet på {s}.",
        "Artikkeli {t} julkaistiin ensimmäisen kerran {s}.",
        "Artykuł {t} pochodzi z serwisu {s}.",
        "Сообщение {t} появились сначала на {s}.",
        "Το άρθρο {t} εμφανίστηκε πρώτα στο {s}.",
        "{t} yazısı ilk önce {s} üzerinde ortaya çıktı.",
        "Artikel {t} pertama kali tampil pada {s}.",
        "投稿 {t} は {s} に最初に表示されました。",
        "{t}最先出现在{s}。",
        "〈{t}〉這篇文章最早發佈於《{s}》。",
    ],
)
@pytest.mark.parametrize("start", ["\n", "", " "], ids=["line", "glued", "space"])
@pytest.mark.parametrize(
    "context",
    [CleanContext(titles=(TITLE,)), CleanContext(titles=(TITLE,), site_name="Harbour Post")],
    ids=["title", "both"],
)
def test_the_footer_of_a_feed_goes_when_title_or_site_prove_it(footer: str, start: str, context: CleanContext) -> None:
    text = BODY + start + footer.replace("{t}", TITLE).replace("{s}", "Harbour Post")
    assert clean(text, context).text == BODY


def test_the_footer_of_another_article_stays() -> None:
    text = BODY + "\nThe post Ten best bridges of the world appeared first on Bridge Digest."
    assert clean(text, CleanContext(titles=(TITLE,), site_name="Harbour Post")).text == text


def test_an_ordinary_word_is_boilerplate_only_in_its_language() -> None:
    text = BODY + "\nVastaa"
    assert clean(text, CleanContext(language="fi")).text == BODY
    assert clean(text, CleanContext(language="en")).text == text
    assert clean(text).text == text


def test_tags_are_kept_when_their_line_goes() -> None:
    cleaned = clean(BODY + "\nTags: bridge, harbour, town council")
    assert cleaned.text == BODY
    assert cleaned.tags == ("bridge", "harbour", "town council")


def test_lines_that_are_links_below_a_related_heading_go_with_it() -> None:
    links = ("Harbour fees rise again", "New mayor takes office")
    text = "\n".join([BODY, "Related articles", *links])
    context = CleanContext(link_lines=frozenset(links))
    assert clean(text, context).text == BODY
    assert clean("\n".join([BODY, *links]), context).text == "\n".join([BODY, *links])
