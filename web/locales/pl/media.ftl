# Uploaded photos and documents
gallery-label = Zdjęcia
gallery-photo = Zdjęcie bez opisu
upload-empty = Ten plik jest pusty. Wybierz inny.
upload-photo-bytes = Zdjęcie zajmuje więcej niż 12 MB. Zmniejsz je i dodaj ponownie.
upload-photo-pixels = Zdjęcie ma za dużo pikseli. Zmniejsz je, na przykład do 4000 × 3000, i dodaj ponownie.
upload-photo-heic = To zdjęcie jest w formacie HEIC. Zapisują go telefony, ale wiele przeglądarek go nie pokazuje. Zapisz zdjęcie jako JPEG i dodaj ponownie. Na iPhonie: Ustawienia → Aparat → Formaty → Największa zgodność; nowe zdjęcia będą już w JPEG.
upload-photo-format = To plik { $x }. Przyjmujemy zdjęcia JPEG, PNG i WebP. Zapisz obraz jako JPEG lub PNG i dodaj ponownie.
upload-photo-unknown = Ten plik nie wygląda na zdjęcie. Wybierz zdjęcie JPEG, PNG lub WebP.
upload-photo-animated = To ruchomy obraz. Zapisz z niego jedną klatkę jako JPEG lub PNG i dodaj ją.
upload-photo-unreadable = Nie da się odczytać tego zdjęcia: plik jest uszkodzony, niepełny albo zapisany w rzadkiej odmianie formatu. Otwórz je u siebie, zapisz na nowo jako JPEG i dodaj ponownie.
upload-document-bytes = Dokument zajmuje więcej niż 10 MB. Zmniejsz go, na przykład zapisując obrazy w niższej jakości, i dodaj ponownie.
upload-document-not-pdf = To nie jest plik PDF. Zapisz dokument jako PDF i dodaj ponownie.
upload-document-mixed = Ten plik jest jednocześnie dokumentem PDF i plikiem innego rodzaju. Zapisz dokument na nowo jako PDF i dodaj ponownie.
upload-document-active = Ten PDF ma w sobie skrypty, polecenia uruchomienia programu albo inne pliki. Wydrukuj go do nowego pliku PDF i dodaj ten nowy.
upload-document-unreadable = Ten PDF jest uszkodzony lub niepełny. Zapisz go na nowo i dodaj ponownie.
