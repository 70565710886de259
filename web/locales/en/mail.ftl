# Words around every mail.
mail-button-hint = If the button does not work, copy this address into your browser:
mail-automatic = This message was sent automatically. Please do not reply to it.
mail-unsubscribe = Unsubscribe from these messages
