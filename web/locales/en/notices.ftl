# Saved searches and the mails that tell what is new.
notices-tell-me = Tell me about new ones
notices-tell-me-premises = Tell me about free premises here
notices-tell-me-offers = Tell me about new offers here
notices-intro = We send an e-mail when something you are looking for comes up. Never twice about the same thing.
notices-saved = Saved.
notices-searches = Saved searches
notices-empty = You have none yet. Open a list, set its filters and press “Tell me about new ones”.
notices-go-offers = Show offers
notices-go-demand = Show demand
notices-go-equipment = Show equipment
notices-go-premises = Show premises
notices-add = Save another one on a list:
notices-paused = paused
notices-problem = One of the filters is gone, for example a district or a category. Set them again on the list and save, and delete this search.
notices-edit = Change
notices-show = Show the list
notices-pause = Pause
notices-resume = Resume
notices-delete = Delete
notices-no-filters = no filters: all of them
notices-limit = How many e-mails
notices-limit-day = At most one a day. The rest goes into the next one.
notices-limit-each = Every time, even several a day.
notices-new-crumb = New notice
notices-new-offers = Tell me about new offers
notices-new-demand = Tell me about new demand
notices-new-equipment = Tell me about new equipment
notices-new-premises = Tell me about free premises and open calls
notices-what = What about
notices-all-offers = All new offers.
notices-all-demand = All new notices of demand.
notices-all-equipment = Every new thing.
notices-all-premises = All premises that become free or enter an open call.
notices-fitting = What fits now:
notices-fitting-change = Change the filters on the list.
notices-name = Name
notices-name-hint = The e-mail shows what is new under this name.
notices-rhythm = When to write
notices-rhythm-hint = At once, but at most one e-mail a day: that is how the page “Notices” is set.
notices-rhythm-hint-each = At once means every time: that is how the page “Notices” is set.
rhythm-at-once = at once
rhythm-daily = once a day, at 7:00
rhythm-weekly = once a week, on Monday at 7:00
notices-consent = By saving you agree to these e-mails. Each of them lets you unsubscribe by one click.
notices-save = Save and tell me
notices-error-many = { $n ->
    [one] You can have at most { $n } saved search. Delete it to add another.
   *[other] You can have at most { $n } saved searches. Delete one to add another.
}
notices-edit-title = Change a notice
notices-edit-filters = and save it anew if you want other filters.

# The mail
notices-mail-subject = { $n ->
    [one] { $n } new thing from your searches
   *[other] { $n } new things from your searches
}
notices-mail-subject-offers = New offer: { $x }
notices-mail-subject-demand = New demand: { $x }
notices-mail-subject-equipment = New equipment: { $x }
notices-mail-subject-premises = Free premises: { $x }
notices-mail-intro = This is new in your saved searches.
notices-mail-new-offers = { $n ->
    [one] { $n } new offer
   *[other] { $n } new offers
}
notices-mail-new-demand = { $n ->
    [one] { $n } new notice
   *[other] { $n } new notices
}
notices-mail-new-equipment = { $n ->
    [one] { $n } new thing
   *[other] { $n } new things
}
notices-mail-new-premises = { $n ->
    [one] { $n } unit
   *[other] { $n } units
}
notices-mail-more = and { $n } more – show the whole list
notices-mail-settings = Change notices
notices-mail-reason = You get this e-mail because you saved searches. Change, pause or delete them in your panel, on the page “Notices”.

# Unsubscribing
unsubscribe-notices = Stop sending notices of what is new by all saved searches?
unsubscribe-notices-done = Done. We will send no more notices. The saved searches are paused.
unsubscribe-notices-one-done = Done. This search is paused.
unsubscribe-again-notices = After signing in you can resume them in your panel, on the page “Notices”.
unsubscribe-one = Only some
unsubscribe-this = Pause this one
unsubscribe-all = Pause all
chip-area = Drawn area
error-hint-drawn = The area could not be read. Draw it again: 3 to 100 corners, without sides that cross.
