# Posting and managing offers and demand.
offers-add = Dodaj ofertę
demand-add = Dodaj ogłoszenie
sort-distance = odległość
distance = Odległość
distance-from-place = Odległość liczymy od miejsca podanego w adresie strony.
distance-from-district = Odległość liczymy od środka osiedla { $x }.
distance-from-town = Odległość liczymy od środka miasta. Wybierz osiedle w filtrach, żeby liczyć ją od niego.
chip-near = W pobliżu wskazanego miejsca
chip-near-radius = Do { $x } od wskazanego miejsca
error-hint-near = Miejsce to długość i szerokość geograficzna w stopniach (18.60,53.01), a odległość to liczba metrów.
error-title-409 = Tego nie da się teraz zrobić
error-help-409 = W międzyczasie coś się zmieniło albo ta czynność nie pasuje do obecnego stanu. Wróć, odśwież stronę i zobacz, co można zrobić.
form-choose = Wybierz…
form-save-draft = Zapisz szkic i zobacz podgląd

# What can be done with a thing
manage-label = Twoje narzędzia
do-edit = Edytuj
do-publish = Opublikuj
do-draft = Wycofaj do szkicu
do-archive = Przenieś do archiwum
do-delete = Usuń szkic
do-hide = Ukryj
do-show = Przywróć
do-answered = Mam już odpowiedzi
do-settle = Sprawa załatwiona
do-reopen = Otwórz ponownie
do-withdraw = Wycofaj ogłoszenie

# States of an offer
offer-state-draft = szkic
offer-state-draft-note = Widzi to tylko organizacja. Sprawdź, jak wygląda, i opublikuj.
offer-state-published = opublikowana
offer-state-published-note = Widzą to wszyscy: na liście, w wyszukiwarce i na mapie.
offer-state-archived = w archiwum
offer-state-archived-note = Nikt poza organizacją tego nie widzi. Możesz opublikować to ponownie.
offer-state-hidden = ukryta przez urząd
offer-state-hidden-note = Urząd zdjął tę ofertę ze strony. Przywrócić może ją tylko urząd.

# States of demand
demand-state-draft = szkic
demand-state-draft-note = Jeszcze nikt inny tego nie widzi. Sprawdź, jak wygląda, i opublikuj.
demand-state-pending = czeka na sprawdzenie
demand-state-pending-note = Urząd sprawdzi ogłoszenie, zanim zobaczą je wszyscy. Wyślemy wiadomość, gdy to zrobi.
demand-state-open = czeka na oferty
demand-state-open-note = Widzą to wszyscy. Organizacje o pasującej ofercie dostały wiadomość.
demand-state-answered = są już odpowiedzi
demand-state-answered-note = Widzą to wszyscy i mogą jeszcze odpowiadać. Gdy kogoś wybierzesz, zaznacz, że sprawa jest załatwiona.
demand-state-settled = załatwione
demand-state-settled-note = Ogłoszenie jest zakończone i zostaje na stronie dla wiadomości.
demand-state-withdrawn = wycofane
demand-state-withdrawn-note = Ogłoszenie jest wycofane i zostaje na stronie dla wiadomości.
demand-state-closed = zamknięte
demand-state-closed-note = Termin minął. Zaznacz, że sprawa jest załatwiona, albo zmień termin w edycji, żeby otworzyć ogłoszenie.
demand-state-hidden = ukryte przez urząd
demand-state-hidden-note = Urząd zdjął to ogłoszenie ze strony. Przywrócić może je tylko urząd.
demand-settled-note = Sprawa jest załatwiona. Ogłoszenie zostaje tu dla wiadomości.
demand-withdrawn-note = Autor wycofał to ogłoszenie.
demand-author-gone = konto usunięte
demand-place = Gdzie

# The form of an offer
offer-form-new = Nowa oferta
offer-form-edit = Edycja: { $x }
offer-form-nobody = Najpierw Twoja organizacja
offer-form-nobody-hint = Oferty dodają przedstawiciele organizacji. Znajdź swoją organizację na liście i zgłoś, że ją reprezentujesz.
offer-form-find = Znajdź organizację
offer-form-organisation = Która organizacja to oferuje
offer-form-name = Nazwa
offer-form-name-hint = Krótko i konkretnie, na przykład: Catering na spotkania do 50 osób.
offer-form-description-hint = Co dokładnie, dla kogo, jak zamówić. Pusta linia zaczyna nowy akapit.
offer-form-price-kind = Jak podać cenę
offer-price-kind-fixed = cena
offer-price-kind-arrangement = do uzgodnienia
offer-form-price = Cena z podatkiem, w złotych
offer-form-price-hint = Na przykład 12,50.
offer-form-unit = Za co
offer-form-unit-hint = Na przykład: szt., godz., za osobę.
offer-error-price = Wpisz cenę albo wybierz „do uzgodnienia”.
offer-form-delivery = Dokąd dostarczacie
offer-form-delivery-before = Dotąd: { $x }
offer-delivery-kind-town = do całego miasta
offer-delivery-kind-districts = do wybranych osiedli
offer-delivery-kind-radius = w promieniu od siedziby
offer-delivery-town = całe miasto
offer-delivery-radius = do { $x } km od siedziby
offer-form-districts = Osiedla
offer-form-radius = Promień w kilometrach
offer-form-radius-hint = Tylko gdy wybrano promień od siedziby.
offer-error-districts = Wybierz co najmniej jedno osiedle.
offer-error-radius = Podaj promień w kilometrach.

# Photos
photos-title = Zdjęcia
photos-hint = JPEG, PNG lub WebP, najwyżej 12 MB, razem do 8 zdjęć. Pierwsze pokazujemy na liście. Każde opisz: opis słyszą osoby, które zdjęcia nie widzą.
photos-words = Co widać na zdjęciu
photos-order = Kolejność
photos-remove = Usuń to zdjęcie
photos-new = Nowe zdjęcie { $x }
photos-full = Jest już 8 zdjęć. Usuń któreś, żeby dodać inne.
photos-too-many = Może być najwyżej 8 zdjęć. To się już nie zmieściło.
photos-words-missing = Opisz, co widać na zdjęciu.
photos-words-long = Opis zdjęcia może mieć najwyżej 200 znaków.

# The form of demand
demand-form-new = Nowe ogłoszenie
demand-form-edit = Edycja: { $x }
demand-form-nobody = To konto nie ma jednostki
demand-form-nobody-hint = Ogłoszenia urzędu dodają urzędnicy w imieniu swojej jednostki. Poproś administratora o jej uzupełnienie.
demand-form-author = Kto tego potrzebuje
demand-as-person = ja – { $x }
demand-form-checked = Pierwsze ogłoszenie osoby prywatnej sprawdza urząd, zanim zobaczą je wszyscy. Pokażemy przy nim nazwę Twojego konta.
demand-form-name = Co jest potrzebne
demand-form-name-hint = Krótko i konkretnie, na przykład: Obiady dla 30 dzieci na półkolonii.
demand-form-category-hint = Organizacje, które oferują coś w tej kategorii, dostaną wiadomość.
demand-form-description-hint = Jakie mają być warunki i na czym najbardziej zależy. Pusta linia zaczyna nowy akapit.
demand-form-quantity-hint = Na przykład: 300 sztuk, co tydzień. Nieobowiązkowe.
demand-form-budget-hint = W złotych z podatkiem. Nieobowiązkowe, ale ułatwia odpowiedź.
demand-form-budget-min = Od
demand-form-budget-max = Do
demand-error-budget = Kwota „do” nie może być mniejsza niż „od”.
demand-form-deadline = Do kiedy można odpowiadać
demand-form-deadline-hint = Po tym dniu ogłoszenie samo się zamknie. Bez daty zostaje otwarte do odwołania.
demand-error-deadline = Ten dzień już minął. Wybierz dzisiejszy albo późniejszy.
demand-error-author = Wybierz, w czyim imieniu dodajesz ogłoszenie.
demand-form-place-hint = Gdzie to ma być zrobione lub dostarczone. Nieobowiązkowe.
demand-form-point-hint = Dokładny punkt, jeśli jest ważny: wskaż go na mapie albo wpisz współrzędne w stopniach, na przykład 53,0105 i 18,6035. Punkt jest ważniejszy niż osiedle.
demand-form-lat = Szerokość geograficzna
demand-form-lon = Długość geograficzna
demand-error-point = Wpisz obie współrzędne w stopniach, na przykład 53,0105 i 18,6035.
demand-error-outside = Ten punkt leży poza granicami gminy. Sprawdź, czy współrzędne nie są zamienione.
attachments-title = Załączniki
attachments-hint = Dokumenty PDF, każdy do 10 MB, najwyżej 5. Zobaczy je każdy, kto zobaczy ogłoszenie.
attachments-new = Nowy dokument
attachments-remove = Usuń ten dokument
attachments-too-many = Może być najwyżej 5 dokumentów. Ten się już nie zmieścił.

# Somebody else was faster
conflict-title = Tak wygląda to teraz, po zmianie kogoś innego
conflict-look = Zobacz całość w nowej karcie

# The overview
desk-title = Moje ogłoszenia
desk-intro = Wszystko, co masz na giełdzie, i co z tym zrobić dalej.
desk-offers = Oferty
desk-offers-new = Dodaj ofertę
desk-offers-empty = Nie ma tu jeszcze żadnej oferty. Dodaj pierwszą: zobaczą ją mieszkańcy, urząd i inne organizacje.
desk-offers-nobody = Oferty dodają przedstawiciele organizacji. Gdy urząd potwierdzi, że którąś reprezentujesz, dodasz je tutaj.
desk-demand = Zapotrzebowanie
desk-demand-new = Dodaj ogłoszenie
desk-demand-empty = Nie ma tu jeszcze żadnego ogłoszenia. Napisz, czego potrzebujesz, a odpowiedzą organizacje.
desk-mails = Wiadomości o pasującym zapotrzebowaniu
desk-mails-on = Dostajesz wiadomość, gdy ktoś potrzebuje czegoś, co oferuje Twoja organizacja.
desk-mails-off = Nie dostajesz wiadomości o zapotrzebowaniu, które pasuje do ofert Twojej organizacji.
desk-mails-stop = Nie wysyłaj ich
desk-mails-start = Wysyłaj mi je

# Mails
match-mail-subject = Ktoś tego potrzebuje: { $x }
match-mail-intro = Na giełdzie jest nowe ogłoszenie, na które może odpowiedzieć Twoja organizacja.
match-mail-author = Potrzebuje tego: { $x }.
match-mail-deadline = Odpowiedzi do { $x }.
match-mail-button = Zobacz ogłoszenie
match-mail-reason = Ta wiadomość przyszła, bo reprezentujesz: { $x }, a wśród ofert jest coś w tej kategorii albo o podobnej nazwie.
closed-mail-subject = Minął termin: { $x }
closed-mail-text = Minął termin odpowiedzi na ogłoszenie „{ $x }” i zostało ono zamknięte. Jeśli sprawa jest załatwiona, zaznacz to. Jeśli wciąż szukasz, zmień termin, a ogłoszenie znów się otworzy.
closed-mail-button = Zdecyduj, co dalej
closed-mail-reason = Ta wiadomość przyszła, bo to ogłoszenie jest z Twojego konta.

# Unsubscribing
unsubscribe-title = Wypisanie z wiadomości
unsubscribe-submit = Wypisz mnie
unsubscribe-matches = Czy przestać wysyłać wiadomości o zapotrzebowaniu, które pasuje do ofert Twojej organizacji?
unsubscribe-matches-done = Gotowe. Nie będziemy już wysyłać wiadomości o zapotrzebowaniu, które pasuje do ofert Twojej organizacji.
unsubscribe-again-matches = Po zalogowaniu włączysz je z powrotem w panelu, na stronie „Moje ogłoszenia”.
