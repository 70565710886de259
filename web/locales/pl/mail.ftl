# Words around every mail.
mail-button-hint = Jeśli przycisk nie działa, skopiuj ten adres do przeglądarki:
mail-automatic = Ta wiadomość została wysłana automatycznie. Prosimy na nią nie odpowiadać.
mail-unsubscribe = Wypisz się z tych wiadomości
