# Conversations between the two sides, and what came of them.
contact-write = Napisz
contact-new-title = Nowa wiadomość
contact-to = Do
contact-about = W sprawie
contact-with = Rozmowa z
contact-you-write-as = Piszesz jako
contact-as = W czyim imieniu piszesz?
contact-as-hint = Rozmowę przeczytają wszystkie osoby, które działają w tym imieniu.
contact-as-person = { $x } (we własnym imieniu)
contact-text = Wiadomość
contact-text-hint = Napisz, czego potrzebujesz, ile i na kiedy.
contact-private = Druga strona zobaczy Twoje imię i to, w czyim imieniu piszesz. Nie zobaczy Twojego adresu e-mail, a Ty nie zobaczysz jej adresu.
contact-send = Wyślij
contact-reply-title = Odpowiedź
contact-reply = Twoja odpowiedź
contact-already = Masz już rozmowę w tej sprawie.
contact-already-open = Otwórz ją
contact-back = Wróć
contact-your-text = Twój tekst (możesz go skopiować)
contact-own = To Twoja strona: nie możesz napisać do siebie.
contact-nobody = Po drugiej stronie nikt nie ma teraz konta, więc nikt nie przeczytałby tej wiadomości.
contact-nobody-public = Skorzystaj z danych, które organizacja podaje publicznie:
contact-nobody-no-contact = Nie znamy też innego sposobu kontaktu.
contact-blocked = Druga strona nie przyjmuje wiadomości od tego konta.
contact-closed = Ta rozmowa jest zakończona. Możesz zacząć nową ze strony ogłoszenia.
contact-error-links = Wiadomość może mieć najwyżej 5 linków. Usuń część z nich.
contact-error-threads = Zaczynasz dziś bardzo dużo rozmów. Odczekaj godzinę i spróbuj ponownie; przez dobę można zacząć 20.
contact-error-messages = To już 60 wiadomości w ciągu godziny. Odczekaj chwilę i spróbuj ponownie.
contact-error-copies = Ten sam tekst trafił dziś już do trzech odbiorców. Napisz do każdego coś od siebie.
contact-deleted-account = konto usunięte
contact-hidden-message = Tę wiadomość ukryto po zgłoszeniu.
contact-new-messages = Nowe wiadomości
contact-earlier = Pokaż wcześniejsze wiadomości
contact-see-offer = Zobacz ofertę
contact-see-demand = Zobacz ogłoszenie
contact-see-equipment = Zobacz sprzęt
contact-see-organisation = Zobacz organizację
contact-close-summary = Zakończ rozmowę
contact-close-text = Po zakończeniu nikt nie może już pisać w tej rozmowie. Obie strony zapytamy o jej wynik.
contact-close = Zakończ rozmowę
contact-close-unanswered = Rozmowę można zakończyć, gdy druga strona odpowie.
contact-report-link = Zgłoś lub zablokuj
contact-report-title = Zgłoś lub zablokuj
contact-report-heading = Zgłoś nadużycie
contact-report-intro = Zgłoszoną wiadomość przeczyta osoba, która czuwa nad porządkiem w serwisie. Reszty rozmowy nie zobaczy.
contact-report-note = Co jest nie tak?
contact-report-note-hint = Na przykład: obraża, oszukuje, reklamuje coś bez związku ze sprawą.
contact-report-send = Wyślij zgłoszenie
contact-reported = Zgłoszenie zapisane. O decyzji napiszemy e-mailem.
contact-block-heading = Nie przyjmuj wiadomości od tej osoby
contact-block-text = Ta osoba nie będzie mogła do Ciebie pisać: ani tutaj, ani w nowej rozmowie.
contact-block-text-organisation = Ta osoba nie będzie mogła pisać do organizacji { $x }: ani tutaj, ani w nowej rozmowie.
contact-block = Zablokuj
contact-block-done = Zablokowano. Ta osoba nie może już pisać.
contact-unblock-text = Wiadomości od tej osoby są zablokowane.
contact-unblock = Odblokuj
contact-unblock-done = Odblokowano. Ta osoba znów może pisać.
contact-back-to-thread = Wróć do rozmowy
contact-reported-title = Zgłoszona wiadomość
contact-reported-hidden = Tę wiadomość ukryto: uczestnicy rozmowy już jej nie widzą.
contact-reported-note = Reszta rozmowy jest prywatna i nie jest tu pokazywana.
contact-mail-subject = Nowa wiadomość: { $x }
contact-mail-writes = { $x } pisze:
contact-mail-reply = Przeczytaj i odpowiedz
contact-mail-hidden = Odpowiedz przez link powyżej. Druga strona nie widzi Twojego adresu e-mail.
contact-mail-reason = Piszemy do Ciebie, bo uczestniczysz w tej rozmowie w serwisie PES-TOR.
messages-title = Wiadomości
messages-unread = { $n ->
    [one] { $n } rozmowa z nowymi wiadomościami
    [few] { $n } rozmowy z nowymi wiadomościami
   *[other] { $n } rozmów z nowymi wiadomościami
}
messages-all-read = Wszystko przeczytane.
messages-new = { $n ->
    [one] { $n } nowa
    [few] { $n } nowe
   *[other] { $n } nowych
}
messages-you = Ty:
messages-for = jako { $x }
messages-asked = Powiedz, czym się skończyło
messages-closed = zakończona
messages-none = Nie masz jeszcze żadnych rozmów
messages-none-hint = Znajdź ofertę, ogłoszenie, sprzęt albo organizację i wybierz „Napisz”. Rozmowa pojawi się tutaj.
messages-none-offers = Zobacz oferty
messages-none-demand = Zobacz zapotrzebowanie
outcome-title = Czym się skończyło?
outcome-intro = Pytamy obie strony jeden raz. Z odpowiedzi robimy tylko sumy dla całego miasta.
outcome-answered = Twoja strona odpowiedziała:
outcome-came-to-order = Czy doszło do zamówienia?
outcome-yes = Tak
outcome-no = Nie
outcome-not-yet = Jeszcze nie wiadomo
outcome-value = Wartość zamówienia z podatkiem (zł)
outcome-value-hint = Tylko jeśli doszło do zamówienia. Jeśli nie znasz kwoty, zostaw puste.
outcome-clause = Czy użyto klauzuli społecznej?
outcome-clause-hint = Klauzula społeczna to warunek w zamówieniu, na przykład zatrudnienie osób z niepełnosprawnością.
outcome-clause-yes = Tak
outcome-clause-no = Nie
outcome-change = Zmień odpowiedź
outcome-save = Zapisz odpowiedź
outcome-thanks = Dziękujemy, odpowiedź zapisana.
outcome-mail-subject = Czym się skończyło? { $x }
outcome-mail-text =
    Rozmowa w tej sprawie ucichła. Powiedz nam, czy doszło do zamówienia, jakiej wartości i czy użyto klauzuli społecznej.

    Pytamy jeden raz. Odpowiedź zajmie minutę, a miasto dowie się z sum, ile zamówień trafia do podmiotów ekonomii społecznej.
outcome-mail-answer = Odpowiedz
outcome-totals-title = Co wynikło z rozmów
outcome-totals-intro = Sumy ze wszystkich rozmów w mieście. Treści rozmów nikt poza ich uczestnikami nie widzi.
outcome-totals-threads = Rozmowy
outcome-totals-answered = Z odpowiedzią
outcome-totals-orders = Zamówienia
outcome-totals-value = Wartość zamówień
outcome-totals-clause = Z klauzulą społeczną
