# Suggestions of the search box.
search-kind-offer = oferta
search-kind-demand = zapotrzebowanie
search-kind-equipment = sprzęt
search-kind-district = osiedle
search-kind-street = ulica
search-kind-bridge = most
search-kind-address = adres
