"""Reports of one form with other facts, in 20 languages: language, kind, title, text, the facts of three reports or more.

Written for these tests; nobody's sentences, places and people that are none.
"""

from __future__ import annotations

FORMS: list[tuple[str, str, str, str, list[tuple[str, ...]]]] = [
    (
        "de",
        "weather",
        "Das Wetter in {0}: {1} und bis {2} Grad",
        "Das Wetter in {0} bleibt am {3} wechselhaft. Nach Angaben des Deutschen Wetterdienstes gibt es {1}, die Höchsttemperaturen liegen bei {2} Grad. Der Wind weht schwach bis mäßig aus {4}. In der Nacht sinken die Werte auf {5} Grad, örtlich bildet sich Nebel in den Tälern. Autofahrer sollten am Morgen mit rutschigen Straßen rechnen. Die Aussichten für das Wochenende: Am {6} setzt sich {7} durch, bei Temperaturen um {8} Grad. Der Pollenflug ist gering. Die Sonne geht um {9} Uhr auf. Eine Unwetterwarnung besteht derzeit nicht, der Deutsche Wetterdienst aktualisiert seine Vorhersage am Abend.",
        [
            ("Kassel", "Schauer", "14", "Dienstag", "Westen", "6", "Samstag", "Sonne", "17", "6.12"),
            ("Rostock", "Nebel", "9", "Mittwoch", "Nordosten", "3", "Sonntag", "Regen", "11", "6.31"),
            ("Passau", "Gewitter", "21", "Donnerstag", "Süden", "12", "Freitag", "Hochdruck", "24", "5.48"),
        ],
    ),
    (
        "de",
        "lottery",
        "Lotto am {0}: Das sind die Gewinnzahlen vom {1}",
        "Bei der Ziehung der Lottozahlen am {0}, dem {1}, wurden die Gewinnzahlen {2} gezogen. Die Superzahl lautet {3}. Beim Spiel 77 wurde die Zahl {4} gezogen, bei der Super 6 die Zahl {5}. Im Jackpot lagen {6} Millionen Euro. Ob es einen Gewinner gibt, teilt der Deutsche Lottoblock am {7} mit. Die Chance auf den Hauptgewinn liegt bei etwa 1 zu 140 Millionen. Die Ziehung wurde im Internet übertragen und von einem Notar beaufsichtigt. Spielteilnahme ab 18 Jahren, Glücksspiel kann süchtig machen, Hilfe gibt es bei der Bundeszentrale für gesundheitliche Aufklärung. Alle Angaben sind ohne Gewähr.",
        [
            ("Samstag", "12. März", "4, 9, 17, 22, 31, 48", "5", "2847193", "193847", "12", "Montag"),
            ("Mittwoch", "16. März", "2, 11, 19, 28, 36, 40", "8", "9917264", "550281", "17", "Donnerstag"),
            ("Samstag", "19. März", "7, 8, 13, 25, 33, 44", "1", "3306715", "872640", "23", "Montag"),
        ],
    ),
    (
        "de",
        "election",
        "Wahlergebnis {0}: So hat die Gemeinde gewählt",
        "Bei der Bürgermeisterwahl in {0} hat sich {1} durchgesetzt. Auf {1} entfielen nach dem vorläufigen Endergebnis {2} Prozent der Stimmen, auf {3} {4} Prozent. Die Wahlbeteiligung lag bei {5} Prozent. Wahlberechtigt waren {6} Bürgerinnen und Bürger. Die Wahllokale hatten am Sonntag von 8 bis 18 Uhr geöffnet, danach begann die Auszählung der Stimmen. Die Briefwahl wurde in diesem Jahr besonders stark genutzt. Die Amtszeit beträgt acht Jahre. Das endgültige Ergebnis stellt der Wahlausschuss in den kommenden Tagen fest. Alle Ergebnisse aus den Gemeinden des Landkreises finden Sie in unserer Übersicht.",
        [
            ("Altenfeld", "Karin Mertens", "54,2", "Uwe Brandt", "45,8", "61,3", "4.812"),
            ("Neuried", "Jörg Hallmann", "62,7", "Petra Kolb", "37,3", "55,9", "7.340"),
            ("Steinbach", "Silke Ahrens", "50,4", "Dieter Funk", "49,6", "68,1", "2.951"),
        ],
    ),
    (
        "de",
        "police",
        "Polizei {0}: Unfall auf der {1}",
        "{0}: Bei einem Verkehrsunfall auf der {1} sind am {2} zwei Menschen leicht verletzt worden. Nach Angaben der Polizei kam {3} gegen {4} Uhr mit seinem Wagen aus bislang ungeklärter Ursache von der Fahrbahn ab und prallte gegen die Leitplanke. Die Feuerwehr war mit mehreren Fahrzeugen im Einsatz. Der Sachschaden beläuft sich auf rund {5} Euro. Die Straße war für die Dauer der Bergungsarbeiten voll gesperrt, es kam zu Staus. Die Ermittlungen zur Unfallursache dauern an. Zeugen werden gebeten, sich bei der Polizeiinspektion {0} unter der Telefonnummer {6} zu melden.",
        [
            ("Ilmenau", "Bundesstraße 88", "Montag", "ein Rentner aus Suhl", "17.30", "12000", "03677 4410"),
            ("Coburg", "Autobahn 73", "Freitag", "ein Lehrling aus Lichtenfels", "6.45", "35000", "09561 6450"),
            ("Höxter", "Landesstraße 755", "Sonntag", "ein Handwerker aus Brakel", "23.10", "8500", "05271 9620"),
        ],
    ),
    (
        "en",
        "class_action",
        "{0} Investors: {1} Reminds Shareholders of Class Action Deadline",
        "{1} announces that a class action lawsuit has been filed on behalf of shareholders who purchased the securities of {0} ({2}) between {3} and {4}. Shareholders have until {5} to ask the Court for appointment as Lead Plaintiff. If You Suffered Losses, You May Contact The Firm to Discuss Your Legal Rights. The Complaint alleges that, throughout the Class Period, Defendants made materially false and misleading statements regarding the Company's business, operations and prospects. Specifically, Defendants failed to disclose that {6}. As a result, Defendants' statements about the Company were materially false at all relevant times. A Lead Plaintiff is a Representative Party acting on behalf of Other Class Members in directing the Litigation. Your Ability to Share in any Recovery does not require that You serve as Lead Plaintiff. Attorney Advertising. Prior Results Do Not Guarantee a Similar Outcome.",
        [
            (
                "Vantor Systems",
                "Harlow & Pike LLP",
                "NASDAQ: VNTR",
                "January 4, 2026",
                "March 9, 2026",
                "May 18, 2026",
                "its cloud revenue had been recorded early",
            ),
            (
                "Corvane Therapeutics",
                "The Law Offices of Reuben Stahl",
                "NASDAQ: CRVN",
                "June 2, 2025",
                "February 20, 2026",
                "April 27, 2026",
                "its trial had enrolled patients who did not qualify",
            ),
            (
                "Ostrander Mining",
                "Delacroix Webb",
                "NYSE: OSTM",
                "August 11, 2025",
                "January 15, 2026",
                "June 1, 2026",
                "its reserves in the northern pit were overstated",
            ),
            (
                "Brightlane Auto",
                "Kessel Morrow PLLC",
                "NYSE: BLAN",
                "March 3, 2025",
                "December 19, 2025",
                "May 4, 2026",
                "its dealers returned a third of all vehicles",
            ),
        ],
    ),
    (
        "en",
        "obituary",
        "Obituary: {0}",
        "{0}, {1}, of {2}, passed away peacefully on {3} surrounded by family. Born in {4} to {5}, {6} enjoyed gardening, music and time with grandchildren. Visitation will be held on {7} from 4 to 7 p.m. at the funeral home. A service will be held the following morning at {8}, with burial to follow in the parish cemetery. In lieu of flowers, donations may be made to the local hospice. To send flowers or share a memory with the family, please visit our online guest book. The family wishes to thank the nurses and staff for their kindness and care during the last months.",
        [
            (
                "Edna Marlow",
                "88",
                "Cedar Falls",
                "March 3",
                "Dubuque",
                "Frank and Lena Voss",
                "Edna",
                "Friday",
                "Saint Mark Church",
            ),
            (
                "Harold Quint",
                "79",
                "Brook Haven",
                "March 5",
                "Tilton",
                "Otis and Ruth Quint",
                "Harold",
                "Monday",
                "First Baptist Chapel",
            ),
            (
                "Lucille Ferraro",
                "93",
                "Old Saybrook",
                "March 8",
                "Naples",
                "Carmine and Rosa Ferraro",
                "Lucille",
                "Thursday",
                "Our Lady of Grace",
            ),
        ],
    ),
    (
        "en",
        "quake",
        "Magnitude {0} quake near {1}",
        "An earthquake of magnitude {0} struck {2} kilometres {3} of {1} on {4}, the geological survey said. The quake hit at a depth of {5} kilometres at {6} local time. There were no immediate reports of damage or injuries. Officials said there was no threat of a tsunami. Earthquakes of this size are felt by most people but seldom cause damage to buildings. Residents are advised to check gas lines and to expect aftershocks over the coming days. The agency asks anyone who felt the shaking to report it online, since such reports help to map where the ground moved most.",
        [
            ("4.8", "Calama", "41", "southeast", "Tuesday", "112", "03:14"),
            ("5.3", "Kermanshah", "18", "north", "Sunday", "10", "22:47"),
            ("4.5", "Tarapoto", "67", "west", "Friday", "88", "14:05"),
        ],
    ),
    (
        "en",
        "court",
        "Court report: {0} fined {1}",
        "{0}, {2}, of {3}, appeared before the magistrates on {4} charged with driving without insurance. {0} admitted the offence and was fined {1}, with costs of {5} and a surcharge of {6}. The licence was endorsed with six points. The bench was told that officers stopped the vehicle on {7} during a routine check. No previous convictions were recorded. The chair of the bench said that uninsured drivers put everybody at risk and that the court would continue to take such offences seriously. The fine has to be paid within twenty-eight days.",
        [
            ("Daniel Croft", "£300", "34", "Mill Lane", "Monday", "£85", "£120", "Station Road"),
            ("Sandra Pruitt", "£660", "51", "Hawthorn Close", "Wednesday", "£110", "£264", "the bypass"),
            ("Tom Yardley", "£240", "23", "Quarry Street", "Thursday", "£60", "£96", "Bridge Street"),
        ],
    ),
    (
        "fr",
        "football",
        "{0} s'impose face à {1} ({2})",
        "{0} a battu {1} ({2}) samedi soir lors de la {3}e journée du championnat. {4} a ouvert le score à la {5}e minute avant que {6} ne fasse le break juste avant la pause. En seconde période, les visiteurs ont tenté de revenir mais se sont heurtés à un gardien très inspiré. Avec cette victoire, le club remonte à la {7}e place du classement et compte désormais {8} points. L'entraîneur s'est dit satisfait de l'état d'esprit de son équipe. Prochain rendez-vous le week-end prochain à l'extérieur, avec plusieurs joueurs incertains.",
        [
            ("Guingamp", "Rodez", "2-1", "24", "Moreau", "12", "Diallo", "5", "38"),
            ("Laval", "Bastia", "3-0", "24", "Petit", "27", "Garnier", "8", "33"),
            ("Annecy", "Pau", "2-0", "25", "Benali", "41", "Roche", "11", "29"),
        ],
    ),
    (
        "es",
        "accident",
        "Accidente en {0} deja {1} heridos",
        "Un accidente de tráfico ocurrido la noche del {2} en {0} dejó {1} personas heridas, informaron los servicios de emergencia. El choque se produjo a la altura del kilómetro {3} de la carretera {4}, cuando {5} perdió el control e impactó contra {6}. Los heridos fueron trasladados al hospital {7} y se encuentran fuera de peligro. La vía permaneció cerrada durante varias horas mientras la policía realizaba las diligencias. Las autoridades recomiendan conducir con precaución a causa de la lluvia y respetar los límites de velocidad.",
        [
            ("Tunja", "cuatro", "lunes", "43", "55", "un camión de carga", "una motocicleta", "San Rafael"),
            ("Pasto", "seis", "jueves", "112", "25", "un autobús escolar", "un taxi", "Universitario"),
            ("Girardot", "tres", "sábado", "8", "40", "una camioneta blanca", "un poste", "Santa Clara"),
        ],
    ),
    (
        "pt",
        "rates",
        "Dólar fecha a R$ {0} nesta {1}",
        "O dólar comercial fechou a {1} cotado a R$ {0}, com {2} de {3}%. Na máxima do dia a moeda chegou a R$ {4} e na mínima a R$ {5}. No mês, a divisa acumula variação de {6}% frente ao real. O principal índice da bolsa encerrou o pregão aos {7} pontos. Os investidores acompanharam os dados de inflação e a fala de autoridades do banco central. O volume negociado ficou dentro da média dos últimos pregões. Analistas esperam que o câmbio siga volátil até a próxima reunião de política monetária.",
        [
            ("5,41", "terça-feira", "alta", "0,38", "5,44", "5,37", "1,2", "128.410"),
            ("5,36", "quarta-feira", "queda", "0,92", "5,42", "5,35", "0,3", "129.776"),
            ("5,48", "sexta-feira", "alta", "1,57", "5,50", "5,39", "2,4", "126.905"),
        ],
    ),
    (
        "tr",
        "horoscope",
        "{0} {1} günlük burç yorumları",
        "{0} {1} günü için burç yorumları burada. Koç burcu bugün {2} konusunda dikkatli olmalı, akşam saatleri {3} için uygun. Boğa burcu {4} ile ilgili güzel bir haber alabilir. İkizler burcunun enerjisi yüksek, yeni tanışmalara açık olun. Yengeç burcu evde vakit geçirmek isteyebilir. Aslan burcu iş hayatında beklediği fırsatı yakalayabilir. Başak burcu sağlığına özen göstermeli. Terazi burcu kararlarını ertelememeli. Akrep, Yay, Oğlak, Kova ve Balık burçları için ayrıntılı yorumlar haberimizin devamında. Günün uğurlu sayısı {5}, uğurlu rengi {6}.",
        [
            ("12", "Mart", "para", "buluşma", "aile", "7", "mavi"),
            ("13", "Mart", "iş", "dinlenme", "seyahat", "4", "yeşil"),
            ("17", "Mart", "sağlık", "alışveriş", "eğitim", "9", "sarı"),
        ],
    ),
    (
        "ru",
        "weather",
        "Погода в городе {0} на {1}: {2}",
        "В городе {0} {1} ожидается {2}, сообщили в региональном гидрометцентре. Температура воздуха днём составит {3} градусов, ночью до {4} градусов. Ветер {5}, {6} метров в секунду, местами порывы. Атмосферное давление {7} миллиметров ртутного столба. Автомобилистов просят соблюдать дистанцию и учитывать состояние дорожного покрытия. Коммунальные службы переведены в режим повышенной готовности. В ближайшие дни существенных изменений погоды синоптики не ожидают. Подробный прогноз публикуется ежедневно в шесть часов утра.",
        [
            ("Псков", "12 марта", "мокрый снег", "3", "-2", "западный", "7", "741"),
            ("Тамбов", "13 марта", "небольшой дождь", "8", "1", "южный", "4", "752"),
            ("Вологда", "14 марта", "гололедица", "-1", "-9", "северный", "9", "738"),
        ],
    ),
    (
        "uk",
        "accident",
        "ДТП у місті {0}: {1}",
        "У місті {0} увечері {2} сталася дорожньо-транспортна пригода, у якій {1}. За попередніми даними поліції, водій автомобіля {3} не впорався з керуванням на вулиці {4} та зіткнувся з автомобілем {5}. На місці працювали рятувальники та медики. Рух транспорту було обмежено протягом двох годин. За фактом події розпочато кримінальне провадження, триває слідство. Поліція вкотре закликає водіїв дотримуватися швидкості та не сідати за кермо втомленими. Свідків пригоди просять телефонувати за номером 102.",
        [
            ("Ніжин", "постраждали троє людей", "12 березня", "Opel", "Шевченка", "Renault"),
            ("Ковель", "загинув пішохід", "15 березня", "Škoda", "Незалежності", "Mazda"),
            ("Умань", "травмовано двох дітей", "18 березня", "Ford", "Садовій", "Toyota"),
        ],
    ),
    (
        "el",
        "weather",
        "Ο καιρός στην {0}: {1}",
        "Στην {0} αναμένεται σήμερα {1}, σύμφωνα με την πρόγνωση της μετεωρολογικής υπηρεσίας. Η θερμοκρασία θα κυμανθεί από {2} έως {3} βαθμούς Κελσίου. Οι άνεμοι θα πνέουν {4} με ένταση {5} μποφόρ. Από το βράδυ ο καιρός αναμένεται να βελτιωθεί σταδιακά. Οι οδηγοί καλούνται να είναι προσεκτικοί στο οδικό δίκτυο. Η πολιτική προστασία συστήνει στους πολίτες να αποφεύγουν τις άσκοπες μετακινήσεις. Η επόμενη ενημέρωση θα γίνει αύριο το πρωί.",
        [
            ("Λάρισα", "βροχή κατά τόπους", "7", "14", "δυτικοί", "5"),
            ("Καβάλα", "ηλιοφάνεια", "9", "18", "βόρειοι", "3"),
            ("Σπάρτη", "πυκνή συννεφιά", "6", "12", "νότιοι", "6"),
        ],
    ),
    (
        "ar",
        "arrest",
        "القبض على متهم بسرقة {0} في {1}",
        "ألقت الأجهزة الأمنية في {1} القبض على {2} لاتهامه بسرقة {0} من {3}. وكان قسم الشرطة قد تلقى بلاغا من {4} يفيد باكتشافه الواقعة صباحا، فتم تشكيل فريق بحث وفحص تسجيلات الكاميرات القريبة من المكان. وتوصلت التحريات إلى تحديد هوية المتهم ومكان اختبائه، وبعد استئذان النيابة العامة تم ضبطه. واعترف المتهم بارتكاب الواقعة وأرشد عن المسروقات. وتحرر محضر بالواقعة وأخطرت النيابة التي أمرت بحبسه على ذمة التحقيق وتولت استكمال الإجراءات القانونية.",
        [
            ("دراجة نارية", "المنصورة", "عامل", "أمام مسجد", "مدرس"),
            ("مشغولات ذهبية", "أسوان", "سائق", "شقة سكنية", "طبيبة"),
            ("هواتف محمولة", "الزقازيق", "طالب", "متجر إلكترونيات", "تاجر"),
        ],
    ),
    (
        "fa",
        "funeral",
        "پیام تسلیت {0} در پی درگذشت {1}",
        "{0} در پیامی درگذشت {1} را تسلیت گفت. در این پیام آمده است: خبر درگذشت {1}، {2}، موجب تأثر و اندوه فراوان شد. آن مرحوم سال‌ها در {3} خدمت کرد و شاگردان بسیاری تربیت نمود. این ضایعه را به خانواده محترم ایشان، مردم شریف {4} و جامعه فرهنگی کشور تسلیت عرض می‌کنم و از خداوند متعال برای آن مرحوم رحمت و مغفرت و برای بازماندگان صبر و سلامتی مسئلت دارم. مراسم تشییع فردا صبح برگزار می‌شود.",
        [
            ("استاندار", "حسن کریمی", "معلم پیشکسوت", "دبیرستان‌های شهر", "کاشان"),
            ("وزیر فرهنگ", "رضا نادری", "خوشنویس برجسته", "انجمن خوشنویسان", "قزوین"),
            ("رئیس دانشگاه", "مریم سهرابی", "پژوهشگر ادبیات", "دانشکده ادبیات", "بیرجند"),
        ],
    ),
    (
        "he",
        "police",
        "נעצר חשוד ב{0} ב{1}",
        "שוטרי תחנת {1} עצרו אתמול {2} בחשד ל{0}. על פי המשטרה, החשוד אותר {3} לאחר מרדף קצר ונלקח לחקירה. בחיפוש שנערך ברכבו נמצאו {4}. החשוד יובא היום בפני שופט בבית משפט השלום לדיון בהארכת מעצרו. מהמשטרה נמסר כי החקירה נמצאת בעיצומה וכי ייתכנו מעצרים נוספים. תושבי השכונה סיפרו כי שמעו רעשים באמצע הלילה והזעיקו את המוקד. המשטרה תמשיך לפעול נגד כל מי שפוגע בביטחון התושבים.",
        [
            ("התפרצות לחנות", "חדרה", "תושב העיר כבן שלושים", "סמוך לתחנת הרכבת", "כלי פריצה"),
            ("גניבת רכב", "עפולה", "צעיר מהצפון", "בפאתי אזור התעשייה", "לוחיות זיהוי"),
            ("תקיפת מאבטח", "אילת", "תייר", "בטיילת", "סכין מטבח"),
        ],
    ),
    (
        "hi",
        "crime",
        "{0} में {1} के घर चोरी",
        "{0} में चोरों ने {1} के घर का ताला तोड़कर {2} चोरी कर लिए। घटना के समय परिवार के लोग {3} गए हुए थे। सुबह लौटने पर उन्होंने देखा कि अलमारी खुली पड़ी है और सामान बिखरा हुआ है। सूचना मिलने पर पुलिस मौके पर पहुंची और आसपास के कैमरों की जांच शुरू की। थाना प्रभारी {4} ने बताया कि मामला दर्ज कर लिया गया है और चोरों की तलाश की जा रही है। इलाके के लोगों ने रात में गश्त बढ़ाने की मांग की है।",
        [
            ("सीतापुर", "व्यापारी", "नकदी और जेवर", "शादी में", "रमेश यादव"),
            ("गोंडा", "शिक्षक", "लैपटॉप और बर्तन", "तीर्थ यात्रा पर", "सुनील मिश्रा"),
            ("बस्ती", "डॉक्टर", "सोने के कंगन", "रिश्तेदारी में", "अजय तिवारी"),
        ],
    ),
    (
        "zh",
        "stock",
        "A股收盘：{0}{1}，{2}板块领涨",
        "{3}，A股三大指数收盘涨跌不一，{0}{1}，报{4}点；深证成指报{5}点。两市全天成交额{6}亿元。从盘面上看，{2}板块领涨，{7}板块跌幅居前。北向资金全天净买入{8}亿元。分析人士认为，市场短期仍以震荡为主，投资者应关注业绩确定性较强的个股，控制仓位，注意风险。机构建议继续关注政策面变化以及海外市场的走势。",
        [
            ("沪指", "涨0.42%", "半导体", "3月12日", "3289.41", "10412.77", "9821", "煤炭", "32.6"),
            ("创业板指", "跌1.13%", "医药", "3月13日", "3251.08", "10288.15", "8754", "地产", "11.9"),
            ("沪指", "涨1.87%", "军工", "3月17日", "3342.96", "10691.02", "12033", "白酒", "67.4"),
        ],
    ),
    (
        "zh",
        "notice",
        "{0}发布{1}预警",
        "{0}气象台{2}发布{1}预警信号。预计未来{3}小时内，{4}等地将出现{5}，请注意防范。气象部门提醒市民减少外出，驾驶人员注意行车安全，户外作业人员应加强防护。有关部门已启动应急响应，安排人员值班值守，加强巡查排险，及时发布预警信息。如遇险情请拨打求助电话，并听从现场工作人员指挥，切勿在危险区域停留。",
        [
            ("赣州", "暴雨橙色", "今日下午", "六", "章贡区、南康区", "短时强降水"),
            ("大同", "大风蓝色", "今晨", "十二", "云州区、浑源县", "八级以上阵风"),
            ("玉林", "高温黄色", "昨晚", "二十四", "博白县、北流市", "三十七度以上高温"),
        ],
    ),
    (
        "ja",
        "quake",
        "{0}で震度{1}の地震",
        "{2}ごろ、{0}で震度{1}を観測する地震がありました。気象庁によりますと、震源地は{3}で、震源の深さはおよそ{4}キロ、地震の規模を示すマグニチュードは{5}と推定されます。この地震による津波の心配はありません。{6}の警察や消防によりますと、これまでのところ被害の情報は入っていないということです。気象庁は揺れの強かった地域では今後しばらくの間同じ程度の地震に注意するよう呼びかけています。",
        [
            ("茨城県北部", "4", "12日午後3時21分", "茨城県沖", "50", "5.1", "水戸市"),
            ("宮崎県南部", "3", "15日午前6時8分", "日向灘", "30", "4.6", "日南市"),
            ("長野県中部", "4", "18日午後11時40分", "長野県中部", "10", "4.3", "松本市"),
        ],
    ),
    (
        "ja",
        "crime",
        "{0}で{1}の疑い、{2}を逮捕",
        "{0}の警察署は{3}、{1}の疑いで{2}を逮捕しました。警察によりますと、容疑者は{4}、{5}にいた人に声をかけ、現金などを奪った疑いが持たれています。けが人はいませんでした。付近の防犯カメラの映像などから容疑者が浮上したということです。調べに対し、容疑者は容疑を認めているということで、警察は詳しい動機や当時の状況を調べています。",
        [
            ("高崎市", "強盗", "会社員の男", "きのう", "今月上旬", "公園"),
            ("松江市", "恐喝", "無職の男", "けさ", "先週末", "駅の駐輪場"),
            ("八戸市", "窃盗", "大学生の男", "おととい", "先月末", "商店街"),
        ],
    ),
    (
        "ko",
        "weather",
        "{0} 날씨, {1}… 낮 최고 {2}도",
        "{0} 지역은 {3} {1} 것으로 예보됐다. 기상청에 따르면 아침 최저기온은 {4}도, 낮 최고기온은 {2}도로 평년과 비슷하겠다. 바람은 초속 {5}미터로 불겠고 미세먼지 농도는 {6} 수준을 보이겠다. 해상의 물결은 {7}미터로 일겠다. 기상청은 안개가 짙게 끼는 곳이 있겠으니 교통안전에 유의해 달라고 당부했다. 건조한 날씨가 이어지면서 산불 예방에도 각별한 주의가 필요하다. 주말까지 큰 추위는 없을 전망이다.",
        [
            ("강릉", "맑겠다는", "15", "12일", "4", "3", "보통", "0.5"),
            ("목포", "비가 오겠다는", "11", "13일", "7", "6", "좋음", "1.5"),
            ("춘천", "흐리겠다는", "9", "17일", "1", "2", "나쁨", "1.0"),
        ],
    ),
    (
        "th",
        "rates",
        "ราคาทองวันนี้ {0} {1} บาท",
        "ราคาทองวันนี้ {0} สมาคมค้าทองคำประกาศราคาทองครั้งที่ 1 {1} บาท ทองคำแท่งรับซื้อบาทละ {2} บาท ขายออกบาทละ {3} บาท ทองรูปพรรณรับซื้อบาทละ {4} บาท ขายออกบาทละ {5} บาท นักวิเคราะห์แนะนำให้นักลงทุนติดตามทิศทางค่าเงินและการประชุมธนาคารกลาง ซึ่งอาจทำให้ราคาผันผวนในระยะสั้น ผู้ที่ต้องการซื้อควรตรวจสอบราคาหน้าร้านอีกครั้งก่อนตัดสินใจ",
        [
            ("12 มี.ค.", "เพิ่มขึ้น 100", "42150", "42250", "41390", "42750"),
            ("13 มี.ค.", "ลดลง 250", "41900", "42000", "41150", "42500"),
            ("17 มี.ค.", "เพิ่มขึ้น 400", "42600", "42700", "41830", "43200"),
        ],
    ),
    (
        "th",
        "arrest",
        "ตำรวจ{0}รวบ{1}",
        "เจ้าหน้าที่ตำรวจสถานีตำรวจภูธร{0}จับกุม{1}พร้อมของกลาง{2}ได้ที่{3} หลังสืบทราบว่าผู้ต้องหาหลบหนีมากบดานอยู่ในพื้นที่ จากการสอบสวนผู้ต้องหารับสารภาพว่าก่อเหตุจริงเพราะต้องการเงินไปใช้จ่าย เจ้าหน้าที่จึงแจ้งข้อกล่าวหาและควบคุมตัวส่งพนักงานสอบสวนดำเนินคดีตามกฎหมายต่อไป ทั้งนี้ตำรวจจะขยายผลเพื่อติดตามผู้ร่วมขบวนการที่เหลือ",
        [
            ("ลำปาง", "หนุ่มขโมยรถจักรยานยนต์", "กุญแจผี", "บ้านเช่าหลังตลาด"),
            ("ระนอง", "แก๊งลักสายไฟ", "คีมตัดลวด", "สวนยางพารา"),
            ("น่าน", "สาวหลอกขายสินค้า", "สมุดบัญชี", "รีสอร์ตริมแม่น้ำ"),
        ],
    ),
    (
        "pl",
        "election",
        "Wyniki wyborów w gminie {0}: wygrywa {1}",
        "W wyborach wójta gminy {0} zwyciężył kandydat {1}, zdobywając {2} procent głosów. Drugie miejsce zajął {3} z wynikiem {4} procent. Frekwencja wyniosła {5} procent. Uprawnionych do głosowania było {6} mieszkańców. Lokale wyborcze były otwarte od siódmej do dwudziestej pierwszej. Państwowa Komisja Wyborcza nie odnotowała poważnych incydentów. Nowy wójt złoży ślubowanie na pierwszej sesji rady. Pełne wyniki głosowania w poszczególnych obwodach publikujemy w naszym serwisie.",
        [
            ("Dobrzyca", "Marek Sikora", "53,1", "Adam Wilk", "46,9", "48,2", "6120"),
            ("Lipnik", "Ewa Sowa", "61,8", "Jan Kuna", "38,2", "51,7", "4033"),
            ("Karsin", "Piotr Bąk", "50,9", "Anna Zych", "49,1", "56,4", "5208"),
        ],
    ),
    (
        "id",
        "accident",
        "Kecelakaan di {0}, {1} Tewas",
        "Kecelakaan lalu lintas terjadi di {0} pada {2} dan menyebabkan {1} meninggal dunia. Kapolres setempat, {3}, mengatakan kecelakaan bermula ketika {4} yang melaju dari arah {5} mencoba mendahului kendaraan di depannya. Dari arah berlawanan datang {6} sehingga tabrakan tidak dapat dihindari. Korban dibawa ke rumah sakit umum daerah. Polisi masih melakukan olah tempat kejadian perkara dan meminta keterangan sejumlah saksi. Pengendara diimbau selalu berhati-hati dan mematuhi rambu lalu lintas.",
        [
            (
                "Jalan Raya Cianjur",
                "Seorang Pelajar",
                "Senin malam",
                "AKBP Rudi Hartono",
                "sepeda motor",
                "Bandung",
                "truk pasir",
            ),
            ("Tol Cipali", "Dua Penumpang", "Rabu pagi", "AKBP Sinta Dewi", "minibus", "Cirebon", "bus pariwisata"),
            (
                "Jalur Pantura Brebes",
                "Pengemudi Ojek",
                "Jumat siang",
                "AKBP Yoga Pratama",
                "mobil boks",
                "Tegal",
                "truk tangki",
            ),
        ],
    ),
    (
        "vi",
        "weather",
        "Thời tiết {0} ngày {1}: {2}",
        "Theo Trung tâm Dự báo khí tượng thủy văn, ngày {1} khu vực {0} {2}, nhiệt độ thấp nhất {3} độ, cao nhất {4} độ. Gió {5} cấp {6}. Người dân cần đề phòng mưa dông kèm lốc sét và gió giật mạnh vào chiều tối. Chất lượng không khí ở mức {7}. Trong những ngày tới thời tiết khu vực ít thay đổi. Cơ quan khí tượng khuyến cáo người dân theo dõi các bản tin dự báo mới nhất để chủ động trong sinh hoạt và sản xuất.",
        [
            ("Hà Nội", "12/3", "có mưa phùn", "17", "21", "đông bắc", "3", "trung bình"),
            ("Đà Nẵng", "13/3", "trời nắng", "22", "30", "đông nam", "2", "tốt"),
            ("Cần Thơ", "17/3", "nắng nóng", "25", "35", "tây nam", "4", "kém"),
        ],
    ),
]


def reports(language: str, kind: str) -> list[tuple[str, str]]:
    """Return title and text of the reports of a form."""
    title, text, facts = next(form[2:] for form in FORMS if form[:2] == (language, kind))
    return [(title.format(*these), text.format(*these)) for these in facts]
