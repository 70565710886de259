# The exchange: offers, demand, equipment.
offers-title = Offers
offers-intro = Products and services of the social economy, from catering to repairs. Buying from them supports work and neighbours.
offers-count = { $n ->
    [one] { $n } offer
   *[other] { $n } offers
}
offers-search = what you are looking for
offers-empty = There is no such offer
offer-kind-product = product
offer-kind-service = service
offer-price = Price
offer-price-by-arrangement = by arrangement
offer-delivery-area = Where they deliver
offer-seller = Who offers it
demand-title = Demand
demand-intro = What municipal units and organisations need. Answer if you can do or deliver it.
demand-count = { $n ->
    [one] { $n } notice
   *[other] { $n } notices
}
demand-search = what is needed
demand-empty = There is no such notice
demand-open = open for offers
demand-closed = closed
demand-closed-note = The deadline has passed. The notice stays here for information.
demand-deadline = Deadline
demand-budget = Budget
demand-quantity = How much
demand-author = Who needs it
equipment-title = Equipment bank
equipment-intro = Things that organisations lend to each other or give away free of charge.
equipment-count = { $n ->
    [one] { $n } thing
   *[other] { $n } things
}
equipment-search = what you are looking for
equipment-empty = There is no such thing
equipment-pieces = { $n ->
    [one] { $n } piece
   *[other] { $n } pieces
}
equipment-quantity = Quantity
equipment-terms = Terms
equipment-owner = Whose it is
mode-lend = lending
mode-give = gift
exchange-description = Description
filter-category = Category
filter-category-any = All categories
filter-kind = Kind
filter-mode = On what terms
cpv-long = Common Procurement Vocabulary
until = until { $x }
since = since { $x }
