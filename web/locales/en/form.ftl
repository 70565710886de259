form-errors = Correct these fields:
form-error-required = This field is needed.
form-error-characters = The text has characters that cannot be stored.
form-error-short = { $n ->
    [one] Write at least { $n } character.
   *[other] Write at least { $n } characters.
}
form-error-long = { $n ->
    [one] The text may have at most { $n } character.
   *[other] The text may have at most { $n } characters.
}
form-error-choice = Choose one of the values given.
form-error-number = Write a number, for example 1234.50.
form-error-integer = Write a whole number.
form-error-range = The number must be in the range { $x }.
form-error-date = Write a day, for example 2026-11-21.
form-error-email = Write an e-mail address, for example jan@example.org.
form-error-website = Write a web address, for example https://example.org.
form-error-changed = Somebody else changed this in the meantime. Your text is below; compare it with the current one and save again.
form-optional = optional
form-save = Save
form-cancel = Cancel
