# The exchange: offers, demand, equipment.
offers-title = Oferty
offers-intro = Produkty i usługi podmiotów ekonomii społecznej: od cateringu po remonty. Kupując u nich, wspierasz pracę i sąsiadów.
offers-count = { $n ->
    [one] { $n } oferta
    [few] { $n } oferty
   *[other] { $n } ofert
}
offers-search = czego szukasz
offers-empty = Nie ma takiej oferty
offer-kind-product = produkt
offer-kind-service = usługa
offer-price = Cena
offer-price-by-arrangement = do uzgodnienia
offer-delivery-area = Gdzie dostarczają
offer-seller = Kto to oferuje
demand-title = Zapotrzebowanie
demand-intro = Czego potrzebują jednostki miejskie i organizacje. Odpowiedz, jeśli możesz to zrobić lub dostarczyć.
demand-count = { $n ->
    [one] { $n } ogłoszenie
    [few] { $n } ogłoszenia
   *[other] { $n } ogłoszeń
}
demand-search = co jest potrzebne
demand-empty = Nie ma takiego ogłoszenia
demand-open = czeka na oferty
demand-closed = zamknięte
demand-closed-note = Termin minął. Ogłoszenie zostaje tu dla wiadomości.
demand-deadline = Termin
demand-budget = Budżet
demand-quantity = Ile
demand-author = Kto tego potrzebuje
equipment-title = Bank sprzętu
equipment-intro = Rzeczy, które organizacje wypożyczają sobie lub oddają za darmo.
equipment-count = { $n ->
    [one] { $n } rzecz
    [few] { $n } rzeczy
   *[other] { $n } rzeczy
}
equipment-search = czego szukasz
equipment-empty = Nie ma takiej rzeczy
equipment-pieces = { $n } szt.
equipment-quantity = Ile sztuk
equipment-terms = Warunki
equipment-owner = Do kogo należy
mode-lend = wypożyczenie
mode-give = darowizna
exchange-description = Opis
filter-category = Kategoria
filter-category-any = Wszystkie kategorie
filter-kind = Rodzaj
filter-mode = Na jakiej zasadzie
cpv-long = Wspólny Słownik Zamówień
until = do { $x }
since = od { $x }
