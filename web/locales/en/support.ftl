# Institutions that support the social economy.
support-title = Support institutions
support-intro = Who helps to found, run and develop an organisation or a social enterprise: advice, training, rooms, money. Help is usually free of charge.
support-count = { $n ->
    [one] { $n } institution
   *[other] { $n } institutions
}
support-search = name or street
support-empty = We found no such institution
support-services = What they help with
support-about = About the institution
support-for-whom = For whom
support-area-of-operation = Area of operation
support-operator = Run by
support-links = Useful pages
support-record = About this entry
sort-kind = kind
support-kind-owes = OWES
support-kind-roefs = ROEFS
support-kind-rops = ROPS
support-kind-city-office = city office
support-kind-marshal-office = marshal’s office
support-kind-incubator = incubator
support-kind-other = other support institution
support-kind-help-owes = A social economy support centre (OWES) helps to found and develop a social enterprise, from the idea to a grant for new jobs.
support-kind-help-roefs = A regional centre of the European Social Fund (ROEFS) tells about European funds and helps to prepare a project.
support-kind-help-rops = The regional centre for social policy (ROPS) plans and coordinates support for the social economy in the whole voivodeship.
support-kind-help-city-office = The city office announces grant competitions for organisations, lets premises and holds consultations.
support-kind-help-marshal-office = The marshal’s office announces grant competitions for organisations of the whole voivodeship and distributes European funds.
support-kind-help-incubator = An incubator gives a place to work, an address and guidance to organisations that begin.
support-kind-help-other = This institution helps organisations and social enterprises.
service-advice = Advice
service-training = Training
service-animation = Community animation
service-library = Library
service-rooms = Rooms and desks
service-funding = Funding
service-help-advice = A talk with a specialist in law, accounting, promotion or business plans.
service-help-training = Courses and workshops for people who run organisations or want to found one.
service-help-animation = Help in bringing people together, finding partners and starting something in the neighbourhood.
service-help-library = Books, guides and model documents, on the spot or on loan.
service-help-rooms = A place for a meeting, a training or everyday work.
service-help-funding = Grants, loans, or help in applying for them.
