# Saved searches and the mails that tell what is new.
notices-tell-me = Powiadamiaj mnie o nowych
notices-tell-me-premises = Powiadamiaj mnie o wolnych lokalach w tym miejscu
notices-tell-me-offers = Powiadamiaj mnie o nowych ofertach w tym miejscu
notices-intro = Napiszemy e-mail, gdy przybędzie coś, czego szukasz. Dwa razy o tym samym nie piszemy.
notices-saved = Zapisane.
notices-searches = Zapisane wyszukiwania
notices-empty = Nie masz jeszcze żadnego. Otwórz listę, ustaw filtry i naciśnij „Powiadamiaj mnie o nowych”.
notices-go-offers = Pokaż oferty
notices-go-demand = Pokaż zapotrzebowanie
notices-go-equipment = Pokaż sprzęt
notices-go-premises = Pokaż lokale
notices-add = Kolejne zapiszesz na liście:
notices-paused = wstrzymane
notices-problem = Jednego z filtrów już nie ma, na przykład osiedla albo kategorii. Ustaw je na liście od nowa i zapisz, a to wyszukiwanie usuń.
notices-edit = Zmień
notices-show = Pokaż listę
notices-pause = Wstrzymaj
notices-resume = Wznów
notices-delete = Usuń
notices-no-filters = bez filtrów: wszystkie
notices-limit = Ile wiadomości
notices-limit-day = Najwyżej jedna dziennie. Resztę zbierzemy w następnej.
notices-limit-each = Za każdym razem, nawet kilka dziennie.
notices-new-crumb = Nowe powiadomienie
notices-new-offers = Powiadamiaj mnie o nowych ofertach
notices-new-demand = Powiadamiaj mnie o nowym zapotrzebowaniu
notices-new-equipment = Powiadamiaj mnie o nowym sprzęcie
notices-new-premises = Powiadamiaj mnie o wolnych lokalach i naborach
notices-what = O czym
notices-all-offers = O wszystkich nowych ofertach.
notices-all-demand = O wszystkich nowych ogłoszeniach.
notices-all-equipment = O każdej nowej rzeczy.
notices-all-premises = O każdym lokalu, który się zwolni albo trafi do naboru.
notices-fitting = Teraz pasuje:
notices-fitting-change = Filtry zmienisz na liście.
notices-name = Nazwa
notices-name-hint = Pod tą nazwą pokażemy nowości w wiadomości.
notices-rhythm = Kiedy pisać
notices-rhythm-hint = Od razu, ale najwyżej jedna wiadomość dziennie: tak jest ustawione na stronie „Powiadomienia”.
notices-rhythm-hint-each = Od razu znaczy za każdym razem: tak jest ustawione na stronie „Powiadomienia”.
rhythm-at-once = od razu
rhythm-daily = raz dziennie, o 7:00
rhythm-weekly = raz w tygodniu, w poniedziałek o 7:00
notices-consent = Zapisując, zgadzasz się na te wiadomości. W każdej z nich wypiszesz się jednym kliknięciem.
notices-save = Zapisz i powiadamiaj
notices-error-many = { $n ->
    [one] Możesz mieć najwyżej { $n } zapisane wyszukiwanie. Usuń je, żeby dodać nowe.
    [few] Możesz mieć najwyżej { $n } zapisane wyszukiwania. Usuń któreś, żeby dodać nowe.
   *[other] Możesz mieć najwyżej { $n } zapisanych wyszukiwań. Usuń któreś, żeby dodać nowe.
}
notices-edit-title = Zmień powiadomienie
notices-edit-filters = i zapisz ją na nowo, jeśli chcesz innych filtrów.

# The mail
notices-mail-subject = { $n ->
    [one] { $n } nowa rzecz z Twoich wyszukiwań
    [few] { $n } nowe rzeczy z Twoich wyszukiwań
   *[other] { $n } nowych rzeczy z Twoich wyszukiwań
}
notices-mail-subject-offers = Nowa oferta: { $x }
notices-mail-subject-demand = Nowe zapotrzebowanie: { $x }
notices-mail-subject-equipment = Nowy sprzęt: { $x }
notices-mail-subject-premises = Wolny lokal: { $x }
notices-mail-intro = Oto co przybyło w zapisanych wyszukiwaniach.
notices-mail-new-offers = { $n ->
    [one] { $n } nowa oferta
    [few] { $n } nowe oferty
   *[other] { $n } nowych ofert
}
notices-mail-new-demand = { $n ->
    [one] { $n } nowe ogłoszenie
    [few] { $n } nowe ogłoszenia
   *[other] { $n } nowych ogłoszeń
}
notices-mail-new-equipment = { $n ->
    [one] { $n } nowa rzecz
    [few] { $n } nowe rzeczy
   *[other] { $n } nowych rzeczy
}
notices-mail-new-premises = { $n ->
    [one] { $n } lokal
    [few] { $n } lokale
   *[other] { $n } lokali
}
notices-mail-more = i jeszcze { $n } – pokaż całą listę
notices-mail-settings = Zmień powiadomienia
notices-mail-reason = Ta wiadomość przyszła, bo masz zapisane wyszukiwania. Zmienisz je, wstrzymasz albo usuniesz w panelu, na stronie „Powiadomienia”.

# Unsubscribing
unsubscribe-notices = Czy przestać wysyłać powiadomienia o nowościach ze wszystkich zapisanych wyszukiwań?
unsubscribe-notices-done = Gotowe. Nie będziemy już wysyłać powiadomień. Zapisane wyszukiwania są wstrzymane.
unsubscribe-notices-one-done = Gotowe. To wyszukiwanie jest wstrzymane.
unsubscribe-again-notices = Po zalogowaniu wznowisz je w panelu, na stronie „Powiadomienia”.
unsubscribe-one = Tylko niektóre
unsubscribe-this = Wstrzymaj to
unsubscribe-all = Wstrzymaj wszystkie
chip-area = Narysowany obszar
error-hint-drawn = Obszaru nie udało się odczytać. Narysuj go jeszcze raz: od 3 do 100 rogów, bez przecinających się boków.
