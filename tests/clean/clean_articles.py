"""Short reports written for these tests, one for each locale: a headline and two paragraphs."""

from __future__ import annotations

ARTICLES: dict[str, tuple[str, str]] = {
    "en_US": (
        "Council votes to close the old harbour bridge",
        "The council met on Monday evening and heard forty residents before the vote. Nobody spoke against the plan.\n"
        "The bridge will be closed from May. Buses will take the longer way round the bay until the new one opens.",
    ),
    "da_DK": (
        "Byrådet lukker den gamle havnebro",
        "Byrådet mødtes mandag aften og hørte fyrre borgere før afstemningen. Ingen talte imod planen.\n"
        "Broen lukker i maj. Busserne kører den lange vej rundt om bugten, indtil den nye bro åbner.",
    ),
    "de_DE": (
        "Stadtrat schließt die alte Hafenbrücke",
        "Der Stadtrat tagte am Montagabend und hörte vor der Abstimmung vierzig Anwohner. Niemand sprach gegen den Plan.\n"
        "Die Brücke wird im Mai gesperrt. Bis zur Eröffnung der neuen fahren die Busse den längeren Weg um die Bucht.",
    ),
    "el": (
        "Το συμβούλιο κλείνει την παλιά γέφυρα",
        "Το συμβούλιο συνεδρίασε το βράδυ της Δευτέρας και άκουσε σαράντα κατοίκους. Κανείς δεν μίλησε εναντίον.\n"
        "Η γέφυρα κλείνει τον Μάιο. Τα λεωφορεία θα κάνουν τον γύρο του κόλπου μέχρι να ανοίξει η νέα.",
    ),
    "es_ES": (
        "El ayuntamiento cierra el viejo puente del puerto",
        "El pleno se reunió el lunes por la noche y escuchó a cuarenta vecinos antes de votar. Nadie habló en contra.\n"
        "El puente se cerrará en mayo. Los autobuses rodearán la bahía hasta que se abra el nuevo.",
    ),
    "fi": (
        "Valtuusto sulkee vanhan satamasillan",
        "Valtuusto kokoontui maanantai-iltana ja kuuli neljääkymmentä asukasta. Kukaan ei vastustanut suunnitelmaa.\n"
        "Silta suljetaan toukokuussa. Bussit kiertävät lahden, kunnes uusi silta avataan.",
    ),
    "fr_FR": (
        "Le conseil ferme le vieux pont du port",
        "Le conseil s'est réuni lundi soir et a entendu quarante habitants avant le vote. Personne n'a parlé contre.\n"
        "Le pont sera fermé en mai. Les bus feront le tour de la baie jusqu'à l'ouverture du nouveau.",
    ),
    "id_ID": (
        "Dewan kota menutup jembatan pelabuhan lama",
        "Dewan bersidang pada Senin malam dan mendengarkan empat puluh warga. Tidak ada yang menentang rencana itu.\n"
        "Jembatan ditutup mulai Mei. Bus akan memutari teluk sampai jembatan baru dibuka.",
    ),
    "it_IT": (
        "Il consiglio chiude il vecchio ponte del porto",
        "Il consiglio si è riunito lunedì sera e ha ascoltato quaranta residenti. Nessuno ha parlato contro il piano.\n"
        "Il ponte chiuderà a maggio. Gli autobus gireranno intorno alla baia fino all'apertura del nuovo.",
    ),
    "ja": (
        "市議会が古い港の橋の閉鎖を決定",
        "市議会は月曜日の夜に開かれ、採決の前に四十人の住民から意見を聞いた。反対する人はいなかった。\n"
        "橋は五月に閉鎖される。新しい橋が開くまで、バスは湾を回って走る。",
    ),
    "ko_KR": (
        "시의회 낡은 항구 다리 폐쇄 결정",
        "시의회는 월요일 저녁에 모여 표결에 앞서 주민 마흔 명의 의견을 들었다. 반대한 사람은 없었다.\n"
        "다리는 오월에 폐쇄된다. 새 다리가 열릴 때까지 버스는 만을 돌아서 다닌다.",
    ),
    "nb_NO": (
        "Bystyret stenger den gamle havnebroen",
        "Bystyret møttes mandag kveld og hørte førti innbyggere før avstemningen. Ingen snakket mot planen.\n"
        "Broen stenges i mai. Bussene kjører rundt bukta til den nye broen åpner.",
    ),
    "nl_NL": (
        "Gemeenteraad sluit de oude havenbrug",
        "De gemeenteraad vergaderde maandagavond en hoorde veertig bewoners. Niemand sprak tegen het plan.\n"
        "De brug gaat in mei dicht. De bussen rijden om de baai heen tot de nieuwe opengaat.",
    ),
    "pl_PL": (
        "Rada miasta zamyka stary most portowy",
        "Rada zebrała się w poniedziałek wieczorem i wysłuchała czterdziestu mieszkańców. Nikt nie był przeciw.\n"
        "Most zostanie zamknięty w maju. Autobusy pojadą wokół zatoki, aż powstanie nowy.",
    ),
    "pt_BR": (
        "Câmara fecha a velha ponte do porto",
        "A câmara se reuniu na segunda à noite e ouviu quarenta moradores. Ninguém falou contra o plano.\n"
        "A ponte será fechada em maio. Os ônibus darão a volta na baía até a abertura da nova.",
    ),
    "pt_PT": (
        "Assembleia encerra a velha ponte do porto",
        "A assembleia reuniu-se na segunda-feira à noite e ouviu quarenta moradores. Ninguém falou contra o plano.\n"
        "A ponte encerra em maio. Os autocarros darão a volta à baía até abrir a nova.",
    ),
    "ru_RU": (
        "Совет города закрывает старый портовый мост",
        "Совет собрался в понедельник вечером и выслушал сорок жителей. Никто не выступил против плана.\n"
        "Мост закроют в мае. Автобусы будут ходить вокруг бухты, пока не откроют новый.",
    ),
    "sr_RS": (
        "Скупштина града затвара стари лучки мост",
        "Скупштина се састала у понедељак увече и саслушала четрдесет грађана. Нико није говорио против плана.\n"
        "Мост се затвара у мају. Аутобуси ће ићи око залива док се не отвори нови.",
    ),
    "sv_SE": (
        "Kommunen stänger den gamla hamnbron",
        "Fullmäktige möttes på måndagskvällen och hörde fyrtio invånare. Ingen talade mot planen.\n"
        "Bron stängs i maj. Bussarna kör runt viken tills den nya bron öppnar.",
    ),
    "th": (
        "สภาเมืองลงมติปิดสะพานท่าเรือเก่า",
        "สภาเมืองประชุมกันเมื่อค่ำวันจันทร์ และรับฟังชาวบ้านสี่สิบคนก่อนลงมติ ไม่มีใครคัดค้านแผนนี้\n"
        "สะพานจะปิดในเดือนพฤษภาคม รถเมล์จะวิ่งอ้อมอ่าวจนกว่าสะพานใหม่จะเปิด",
    ),
    "tl": (
        "Isasara ng konseho ang lumang tulay ng daungan",
        "Nagpulong ang konseho noong Lunes ng gabi at pinakinggan ang apatnapung residente. Walang tumutol sa plano.\n"
        "Isasara ang tulay sa Mayo. Iikot ang mga bus sa look hanggang mabuksan ang bago.",
    ),
    "tr_TR": (
        "Meclis eski liman köprüsünü kapatıyor",
        "Meclis pazartesi akşamı toplandı ve oylamadan önce kırk sakini dinledi. Plana karşı kimse konuşmadı.\n"
        "Köprü mayısta kapanacak. Yenisi açılana kadar otobüsler koyun çevresinden dolaşacak.",
    ),
    "uk": (
        "Міська рада закриває старий портовий міст",
        "Рада зібралася в понеділок увечері й вислухала сорок мешканців. Ніхто не виступив проти плану.\n"
        "Міст закриють у травні. Автобуси ходитимуть навколо бухти, доки не відкриють новий.",
    ),
    "vi": (
        "Hội đồng thành phố đóng cây cầu cảng cũ",
        "Hội đồng họp vào tối thứ Hai và nghe bốn mươi cư dân trước khi bỏ phiếu. Không ai phản đối kế hoạch.\n"
        "Cây cầu sẽ đóng vào tháng Năm. Xe buýt sẽ chạy vòng quanh vịnh cho đến khi cầu mới mở.",
    ),
    "zh_CN": (
        "市议会决定关闭旧港口大桥",
        "市议会周一晚上开会，在表决前听取了四十名居民的意见。没有人反对这项计划。\n"
        "大桥将于五月关闭。新桥开通之前，公共汽车将绕海湾行驶。",
    ),
    "zh_TW": (
        "市議會決定關閉舊港口大橋",
        "市議會週一晚上開會，在表決前聽取了四十名居民的意見。沒有人反對這項計畫。\n"
        "大橋將於五月關閉。新橋開通之前，公車將繞行海灣。",
    ),
    "ar": (
        "المجلس البلدي يغلق جسر الميناء القديم",
        "اجتمع المجلس مساء الاثنين واستمع إلى أربعين من السكان قبل التصويت. لم يعترض أحد على الخطة.\n"
        "سيغلق الجسر في أيار. وستسلك الحافلات الطريق حول الخليج إلى أن يفتح الجسر الجديد.",
    ),
    "fa": (
        "شورای شهر پل قدیمی بندر را می‌بندد",
        "شورا دوشنبه شب تشکیل جلسه داد و پیش از رأی‌گیری به سخنان چهل شهروند گوش کرد. کسی مخالفت نکرد.\n"
        "پل در اردیبهشت بسته می‌شود. اتوبوس‌ها تا باز شدن پل تازه خلیج را دور می‌زنند.",
    ),
    "he": (
        "המועצה סוגרת את גשר הנמל הישן",
        "המועצה התכנסה ביום שני בערב ושמעה ארבעים תושבים לפני ההצבעה. איש לא דיבר נגד התוכנית.\n"
        "הגשר ייסגר בחודש מאי. האוטובוסים יסעו סביב המפרץ עד שייפתח הגשר החדש.",
    ),
    "hi": (
        "नगर परिषद पुराना बंदरगाह पुल बंद करेगी",
        "परिषद की बैठक सोमवार शाम को हुई और मतदान से पहले चालीस निवासियों की बात सुनी गई। किसी ने विरोध नहीं किया।\n"
        "पुल मई में बंद होगा। नया पुल खुलने तक बसें खाड़ी का चक्कर लगाकर चलेंगी।",
    ),
}
