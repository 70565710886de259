# Posting and managing offers and demand.
offers-add = Add an offer
demand-add = Post a request
sort-distance = distance
distance = Distance
distance-from-place = Distances are from the place given in the page's address.
distance-from-district = Distances are from the middle of { $x }.
distance-from-town = Distances are from the middle of the town. Choose a district in the filters to have them from there.
chip-near = Near the given place
chip-near-radius = Within { $x } of the given place
error-hint-near = A place is longitude and latitude in degrees (18.60,53.01); a distance is a number of metres.
error-title-409 = This cannot be done now
error-help-409 = Something changed meanwhile, or this does not go with the present state. Go back, reload the page and see what can be done.
form-choose = Choose…
form-save-draft = Save the draft and preview it

# What can be done with a thing
manage-label = Your tools
do-edit = Edit
do-publish = Publish
do-draft = Back to draft
do-archive = Move to the archive
do-delete = Delete the draft
do-hide = Hide
do-show = Bring back
do-answered = I have answers
do-settle = Settled
do-reopen = Open again
do-withdraw = Withdraw

# States of an offer
offer-state-draft = draft
offer-state-draft-note = Only the organisation sees it. Check how it looks and publish it.
offer-state-published = published
offer-state-published-note = Everybody sees it: on the list, in the search and on the map.
offer-state-archived = in the archive
offer-state-archived-note = Nobody but the organisation sees it. You can publish it again.
offer-state-hidden = hidden by the office
offer-state-hidden-note = The office took this offer down. Only the office can bring it back.

# States of demand
demand-state-draft = draft
demand-state-draft-note = Nobody else sees it yet. Check how it looks and publish it.
demand-state-pending = waits for a check
demand-state-pending-note = The office checks it before everybody sees it. You get a message when that is done.
demand-state-open = open for offers
demand-state-open-note = Everybody sees it. Organisations with a fitting offer were sent a message.
demand-state-answered = has answers
demand-state-answered-note = Everybody sees it and can still answer. Once you have chosen somebody, mark it as settled.
demand-state-settled = settled
demand-state-settled-note = It is over and stays on the site for the record.
demand-state-withdrawn = withdrawn
demand-state-withdrawn-note = It is withdrawn and stays on the site for the record.
demand-state-closed = closed
demand-state-closed-note = The deadline has passed. Mark it as settled, or change the deadline by editing to open it again.
demand-state-hidden = hidden by the office
demand-state-hidden-note = The office took it down. Only the office can bring it back.
demand-settled-note = This is settled. It stays here for the record.
demand-withdrawn-note = Its author withdrew it.
demand-author-gone = deleted account
demand-place = Where

# The form of an offer
offer-form-new = New offer
offer-form-edit = Editing: { $x }
offer-form-nobody = Your organisation first
offer-form-nobody-hint = Offers are added by representatives of organisations. Find your organisation on the list and say that you represent it.
offer-form-find = Find the organisation
offer-form-organisation = Which organisation offers it
offer-form-name = Name
offer-form-name-hint = Short and to the point, for example: Catering for meetings of up to 50 people.
offer-form-description-hint = What exactly, for whom, how to order. An empty line begins a new paragraph.
offer-form-price-kind = How to give the price
offer-price-kind-fixed = a price
offer-price-kind-arrangement = by arrangement
offer-form-price = Price with tax, PLN
offer-form-price-hint = For example 12.50.
offer-form-unit = For what
offer-form-unit-hint = For example: piece, hour, person.
offer-error-price = Give a price or choose “by arrangement”.
offer-form-delivery = Where you deliver
offer-form-delivery-before = So far: { $x }
offer-delivery-kind-town = everywhere in town
offer-delivery-kind-districts = to some districts
offer-delivery-kind-radius = within a distance of our seat
offer-delivery-town = the whole town
offer-delivery-radius = within { $x } km of the seat
offer-form-districts = Districts
offer-form-radius = Distance in kilometres
offer-form-radius-hint = Only where a distance of the seat is chosen.
offer-error-districts = Choose at least one district.
offer-error-radius = Give the distance in kilometres.

# Photos
photos-title = Photos
photos-hint = JPEG, PNG or WebP, at most 12 MB each, up to 8 photos. The first is shown on the list. Describe each of them: people who do not see it hear the description.
photos-words = What is to be seen
photos-order = Order
photos-remove = Remove this photo
photos-new = New photo { $x }
photos-full = There are 8 photos already. Remove one to add another.
photos-too-many = There can be at most 8 photos. This one was too many.
photos-words-missing = Describe what is to be seen in the photo.
photos-words-long = The description of a photo can have at most 200 characters.

# The form of demand
demand-form-new = New request
demand-form-edit = Editing: { $x }
demand-form-nobody = This account has no unit
demand-form-nobody-hint = Requests of the office are posted by officials for their unit. Ask an administrator to fill it in.
demand-form-author = Who needs it
demand-as-person = me – { $x }
demand-form-checked = The office checks the first request of a private person before everybody sees it. The name of your account is shown with it.
demand-form-name = What is needed
demand-form-name-hint = Short and to the point, for example: Lunches for 30 children at a day camp.
demand-form-category-hint = Organisations that offer something in this category get a message.
demand-form-description-hint = What the terms are and what matters most. An empty line begins a new paragraph.
demand-form-quantity-hint = For example: 300 pieces, every week. Optional.
demand-form-budget-hint = PLN with tax. Optional, but it makes answering easier.
demand-form-budget-min = From
demand-form-budget-max = To
demand-error-budget = “To” cannot be less than “from”.
demand-form-deadline = Until when answers are taken
demand-form-deadline-hint = After this day it closes by itself. Without a day it stays open until further notice.
demand-error-deadline = This day has passed. Choose today or a later one.
demand-error-author = Choose for whom you post it.
demand-form-place-hint = Where it is to be done or delivered. Optional.
demand-form-point-hint = The exact place, where it matters: point at it on the map or give coordinates in degrees, for example 53.0105 and 18.6035. It counts more than the district.
demand-form-lat = Latitude
demand-form-lon = Longitude
demand-error-point = Give both coordinates in degrees, for example 53.0105 and 18.6035.
demand-error-outside = This place is outside the municipality. Are the coordinates the wrong way round?
attachments-title = Attachments
attachments-hint = PDF documents, up to 10 MB each, at most 5. Whoever sees the request sees them.
attachments-new = New document
attachments-remove = Remove this document
attachments-too-many = There can be at most 5 documents. This one was too many.

# Somebody else was faster
conflict-title = This is how it looks now, after somebody else's change
conflict-look = See all of it in a new tab

# The overview
desk-title = My posts
desk-intro = Everything that you have on the exchange, and what to do next.
desk-offers = Offers
desk-offers-new = Add an offer
desk-offers-empty = There is no offer here yet. Add the first: residents, the office and other organisations will see it.
desk-offers-nobody = Offers are added by representatives of organisations. Once the office has confirmed that you represent one, you add them here.
desk-demand = Demand
desk-demand-new = Post a request
desk-demand-empty = There is no request here yet. Say what you need, and organisations will answer.
desk-mails = Messages about fitting demand
desk-mails-on = You get a message when somebody needs what your organisation offers.
desk-mails-off = You get no messages about demand that fits your organisation's offers.
desk-mails-stop = Stop sending them
desk-mails-start = Send them to me

# Mails
match-mail-subject = Somebody needs this: { $x }
match-mail-intro = There is a new request on the exchange that your organisation may be able to answer.
match-mail-author = Needed by: { $x }.
match-mail-deadline = Answers until { $x }.
match-mail-button = See the request
match-mail-reason = You get this because you represent: { $x }, and among the offers there is something in this category or with a similar name.
closed-mail-subject = The deadline has passed: { $x }
closed-mail-text = The deadline of “{ $x }” has passed and it was closed. If it is settled, mark it so. If you are still looking, change the deadline and it opens again.
closed-mail-button = Decide what to do
closed-mail-reason = You get this because the request was posted from your account.

# Unsubscribing
unsubscribe-title = Unsubscribing
unsubscribe-submit = Unsubscribe me
unsubscribe-matches = Stop sending messages about demand that fits your organisation's offers?
unsubscribe-matches-done = Done. We will not send messages about demand that fits your organisation's offers any more.
unsubscribe-again-matches = When signed in, you can turn them on again in the panel, on the page “My posts”.
