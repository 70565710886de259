form-errors = Popraw te pola:
form-error-required = To pole jest wymagane.
form-error-characters = Tekst zawiera znaki, których nie można zapisać.
form-error-short = { $n ->
    [one] Wpisz co najmniej { $n } znak.
    [few] Wpisz co najmniej { $n } znaki.
   *[other] Wpisz co najmniej { $n } znaków.
}
form-error-long = { $n ->
    [one] Tekst może mieć najwyżej { $n } znak.
    [few] Tekst może mieć najwyżej { $n } znaki.
   *[other] Tekst może mieć najwyżej { $n } znaków.
}
form-error-choice = Wybierz jedną z podanych wartości.
form-error-number = Wpisz liczbę, na przykład 1234,50.
form-error-integer = Wpisz liczbę całkowitą.
form-error-range = Liczba musi mieścić się w zakresie { $x }.
form-error-date = Wpisz dzień, na przykład 21.11.2026.
form-error-email = Wpisz adres e-mail, na przykład jan@przyklad.pl.
form-error-website = Wpisz adres strony, na przykład https://przyklad.pl.
form-error-changed = Ktoś inny zmienił to w międzyczasie. Twój tekst jest poniżej; porównaj go z obecnym i zapisz ponownie.
form-optional = nieobowiązkowe
form-save = Zapisz
form-cancel = Anuluj
