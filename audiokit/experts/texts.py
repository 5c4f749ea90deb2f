# ruff: noqa: RUF001 - these are other alphabets
"""Sentences for voices to say and lines for them to sing, in the languages that espeak-ng pronounces well."""

from __future__ import annotations

__all__ = ["LINES", "SENTENCES", "VARIANTS"]

VARIANTS = ("", "+f1", "+f2", "+f3", "+f4", "+f5", "+m1", "+m2", "+m3", "+m4", "+m5", "+m6", "+m7", "+m8")

SENTENCES: dict[str, tuple[str, ...]] = {
    "en": (
        "The train to the coast leaves from platform four at half past nine, and it does not stop before the bridge.",
        "Could you tell me whether the library is open on Sundays? I should like to return these books.",
        "We measured the temperature every hour, and wrote the numbers into a small green notebook.",
        "First wash the apples, then cut them into quarters, and leave them in cold water for a while.",
        "I really do not know what she meant by that, but it sounded as if she wanted us to wait.",
    ),
    "en-us": (
        "Please remember to close the windows before you leave, because it is supposed to rain tonight.",
        "The committee will meet again next Thursday to talk about the budget for the coming year.",
        "My brother used to repair old radios in the garage, and he taught me how to solder.",
        "Turn left at the second traffic light, go past the school, and you will see the house.",
    ),
    "de": (
        "Der Zug nach Hamburg fährt heute von einem anderen Gleis ab, bitte achten Sie auf die Anzeige.",
        "Gestern Abend haben wir lange auf dem Balkon gesessen und über die Arbeit geredet.",
        "Können Sie mir bitte sagen, wo hier in der Nähe eine Apotheke ist?",
        "Die Messung dauert etwa zehn Minuten, danach schreiben wir die Werte in die Tabelle.",
    ),
    "fr": (
        "Le marché ouvre à huit heures, mais les meilleurs fruits partent très vite le samedi matin.",
        "Je voudrais savoir à quelle heure part le prochain bateau pour la petite île.",
        "Nous avons marché pendant trois heures avant de trouver enfin le vieux moulin.",
    ),
    "es": (
        "La reunión empieza a las cuatro de la tarde y no sabemos todavía cuánto tiempo va a durar.",
        "Mi abuela guardaba las cartas en una caja de madera debajo de la ventana.",
        "Para llegar al museo hay que cruzar la plaza y seguir por la calle estrecha.",
    ),
    "it": (
        "Domani mattina partiamo presto, perché la strada di montagna è lunga e piena di curve.",
        "Il medico ha detto di bere molta acqua e di riposare almeno due giorni.",
        "Non ricordo dove ho messo le chiavi, forse sono rimaste sul tavolo della cucina.",
    ),
    "pt": (
        "O barco atravessa o rio duas vezes por dia e leva cerca de quarenta minutos.",
        "Ela escreveu uma carta longa, mas nunca teve coragem de a mandar.",
    ),
    "nl": (
        "De winkel op de hoek is gesloten, maar verderop in de straat is nog een bakker.",
        "Wij hebben gisteren de hele middag in de tuin gewerkt en daarna soep gegeten.",
    ),
    "sv": (
        "Tåget är försenat med en kvart, så vi hinner dricka en kopp kaffe innan vi åker.",
        "På vintern går solen ner redan klockan tre och då tänder vi ljus i fönstret.",
    ),
    "pl": (
        "Jutro rano pojedziemy nad jezioro, jeżeli pogoda będzie tak dobra jak dzisiaj.",
        "Proszę zostawić klucze w recepcji i zapisać numer pokoju na tej kartce.",
    ),
    "ru": (
        "Завтра утром мы поедем на озеро, если погода будет такой же хорошей, как сегодня.",
        "Скажите, пожалуйста, как пройти к вокзалу и сколько это займёт времени?",
    ),
    "tr": (
        "Yarın sabah erken kalkıp pazara gideceğiz, sonra da denize yürüyeceğiz.",
        "Kitabı masanın üstünde bıraktım, ama şimdi orada değil.",
    ),
    "fi": (
        "Huomenna menemme veneellä saareen ja keitämme siellä kahvia nuotiolla.",
        "Kirja on pöydällä, mutta lasit ovat varmaan jääneet autoon.",
    ),
    "id": (
        "Besok pagi kami akan pergi ke pasar untuk membeli sayur, ikan, dan buah-buahan.",
        "Tolong tutup pintunya, karena anginnya terlalu kencang di ruangan ini.",
    ),
    "hi": ("कल सुबह हम लोग बाज़ार जाएँगे और वहाँ से ताज़ी सब्ज़ियाँ लाएँगे।",),
    "cmn": ("明天早上我们要去火车站接朋友，然后一起去吃饭。",),
    "cs": ("Zítra ráno pojedeme vlakem do hor a vrátíme se až v neděli večer.",),
    "hu": ("Holnap reggel korán indulunk, mert hosszú az út a hegyekig.",),
    "el": ("Αύριο το πρωί θα πάμε με το καράβι στο νησί και θα γυρίσουμε το βράδυ.",),
    "ro": ("Mâine dimineață mergem la piață să cumpărăm fructe și pâine proaspătă.",),
}

LINES: dict[str, tuple[str, ...]] = {
    "en": (
        "Oh my river, carry me home, over the hills where the wild birds roam",
        "I will be waiting under the moon, singing the song that you left me too soon",
        "Hold on to the light, hold on through the night, we are running away",
        "La la la, na na na, hey hey hey, oh oh oh, yeah yeah yeah",
        "Ave, ave, alleluia, amen, gloria",
        "Money in the morning, trouble in the evening, walking down the boulevard talking to the ceiling",
    ),
    "de": ("Sag mir, wo die Sterne wohnen, wenn der Morgen sie vergisst",
           "Über Wald und über Wiesen zieht der Wind sein leises Lied"),
    "fr": ("Sous le ciel de la ville, je rêve encore de toi, mon amour, mon île",),
    "es": ("Ay corazón, no llores más, que la noche se va, que la luna vendrá",),
    "it": ("O mare, mare, portami via, dove la notte è una melodia", "Amore mio, non dormire, senti la voce del mare"),
    "pt": ("Ó saudade, meu amor, a noite cai, o barco vai",),
    "sv": ("Vinden bär en visa över havet hem till dig",),
    "ru": ("Ой ты степь широкая, степь раздольная, ты река моя",),
    "id": ("Bulan di malam ini, dengarlah lagu hati",),
    "hi": ("ओ रे पिया, आजा रे, चाँद भी है, रात भी है",),
}  # fmt: skip
