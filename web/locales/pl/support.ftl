# Institutions that support the social economy.
support-title = Instytucje wsparcia
support-intro = Kto pomaga założyć, prowadzić i rozwijać organizację albo przedsiębiorstwo społeczne: doradztwo, szkolenia, sale, pieniądze. Pomoc jest zwykle bezpłatna.
support-count = { $n ->
    [one] { $n } instytucja
    [few] { $n } instytucje
   *[other] { $n } instytucji
}
support-search = nazwa lub ulica
support-empty = Nie znaleźliśmy takiej instytucji
support-services = W czym pomaga
support-about = O instytucji
support-for-whom = Dla kogo
support-area-of-operation = Obszar działania
support-operator = Prowadzi
support-links = Przydatne strony
support-record = O tym wpisie
sort-kind = rodzaj
support-kind-owes = OWES
support-kind-roefs = ROEFS
support-kind-rops = ROPS
support-kind-city-office = urząd miasta
support-kind-marshal-office = urząd marszałkowski
support-kind-incubator = inkubator
support-kind-other = inna instytucja wsparcia
support-kind-help-owes = Ośrodek wsparcia ekonomii społecznej pomaga założyć i rozwijać przedsiębiorstwo społeczne, od pomysłu po dotację na miejsca pracy.
support-kind-help-roefs = Regionalny ośrodek Europejskiego Funduszu Społecznego informuje o funduszach europejskich i pomaga przygotować projekt.
support-kind-help-rops = Regionalny ośrodek polityki społecznej planuje i koordynuje wsparcie ekonomii społecznej w całym województwie.
support-kind-help-city-office = Urząd miasta ogłasza konkursy dla organizacji, udostępnia lokale i prowadzi konsultacje.
support-kind-help-marshal-office = Urząd marszałkowski ogłasza konkursy dla organizacji z całego województwa i rozdziela fundusze europejskie.
support-kind-help-incubator = Inkubator daje miejsce do pracy, adres i opiekę organizacjom, które zaczynają.
support-kind-help-other = Ta instytucja pomaga organizacjom i przedsiębiorstwom społecznym.
service-advice = Doradztwo
service-training = Szkolenia
service-animation = Animacja
service-library = Biblioteka
service-rooms = Sale i biurka
service-funding = Finansowanie
service-help-advice = Rozmowa ze specjalistą od prawa, księgowości, promocji lub biznesplanu.
service-help-training = Kursy i warsztaty dla osób, które prowadzą organizacje lub chcą je założyć.
service-help-animation = Pomoc w zebraniu ludzi, znalezieniu partnerów i rozpoczęciu wspólnego działania w okolicy.
service-help-library = Książki, poradniki i wzory dokumentów na miejscu lub do wypożyczenia.
service-help-rooms = Miejsce na spotkanie, szkolenie albo codzienną pracę.
service-help-funding = Dotacje, pożyczki lub pomoc w staraniu się o nie.
