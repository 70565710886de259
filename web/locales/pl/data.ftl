# Dane wychodzące z serwisu: pliki, kanały, katalog.
download = Pobierz
download-note = To, co widać na liście, z tymi samymi filtrami:
download-csv = CSV (Excel, LibreOffice)
download-xlsx = Arkusz Excela (XLSX)
download-geojson = GeoJSON (mapy)
download-gpkg = GeoPackage (QGIS)
download-atom = Kanał Atom ze zmianami
nav-data = Otwarte dane
data-title-organisations = Podmioty ekonomii społecznej
data-title-support = Instytucje wsparcia
data-title-premises = Miejskie lokale użytkowe
data-title-premises-periods = Historia lokali
data-title-offers = Oferty: produkty i usługi
data-title-demand = Zapotrzebowanie
data-title-equipment = Bank sprzętu
data-title-districts = Osiedla
data-title-municipalities = Gminy
data-title-categories = Kategorie produktów i usług
data-about-organisations = Organizacje działające w mieście: forma prawna, sfery działania, adres i kontakt podany publicznie.
data-about-support = Kto doradza, szkoli i udziela wsparcia organizacjom.
data-about-premises = Lokale najmowane organizacjom na preferencyjnych warunkach: powierzchnia, stan, media, dostępność, status.
data-about-premises-periods = Czym był każdy lokal od kiedy do kiedy: status, najemca, tytuł prawny, stawka.
data-about-offers = Co sprzedają organizacje: nazwa, opis, cena, kategoria.
data-about-demand = Co chcą kupić miasto, organizacje i mieszkańcy. Nazwiska osób prywatnych nie wychodzą.
data-about-equipment = Rzeczy wypożyczane lub oddawane organizacjom za darmo.
data-about-districts = Granice osiedli.
data-about-municipalities = Granice gmin.
data-about-categories = Kategorie giełdy z kodami Wspólnego Słownika Zamówień (CPV).
ogc-collections = Zbiory danych
ogc-links = Odnośniki
catalogue-title = Otwarte dane serwisu PES-TOR
catalogue-intro = Wszystko, co serwis pokazuje publicznie, można pobrać, przetwarzać i publikować dalej. Każdą listę także z własnym filtrem.
catalogue-licence = Licencja:
catalogue-publisher = Wydawca: { $x }.
catalogue-count = { $n ->
    [one] { $n } rekord
    [few] { $n } rekordy
   *[other] { $n } rekordów
}
catalogue-updated = ostatnia zmiana
catalogue-choose = Wybierz z listy i pobierz tylko to, co potrzebne
catalogue-programs = Dla programów
catalogue-api = API serwisu PES-TOR
catalogue-api-about = wszystkie listy jako JSON, z opisem w OpenAPI
catalogue-ogc = OGC API serwisu PES-TOR
catalogue-ogc-about = OGC API – Features i Tiles dla QGIS-a, GDAL-a i innych programów GIS
catalogue-tiles-about = kafelki wektorowe do własnej mapy
catalogue-style = styl mapy
catalogue-dcat-about = katalog dla portali z danymi
catalogue-rules = Jak korzystać
catalogue-rules-text = Podaj wydawcę, licencję i dzień pobrania. Rekord, który ma własne źródło i licencję, niesie je w kolumnach source i licence. Nazwiska osób prywatnych, szkice i to, co zdjęto z serwisu, nie wychodzą. Plik CSV otworzy się w Excelu; tekst, który zaczyna się jak formuła, ma przed sobą apostrof.
