# Uploaded photos and documents
gallery-label = Photos
gallery-photo = Photo without a description
upload-empty = This file is empty. Choose another one.
upload-photo-bytes = The photo takes more than 12 MB. Make it smaller and add it again.
upload-photo-pixels = The photo has too many pixels. Make it smaller, for example 4000 × 3000, and add it again.
upload-photo-heic = This photo is in the HEIC format. Phones save it, but many browsers do not show it. Save the photo as JPEG and add it again. On an iPhone: Settings → Camera → Formats → Most Compatible; new photos will then be in JPEG.
upload-photo-format = This is a { $x } file. We take JPEG, PNG and WebP photos. Save the picture as JPEG or PNG and add it again.
upload-photo-unknown = This file does not look like a photo. Choose a JPEG, PNG or WebP photo.
upload-photo-animated = This is a moving picture. Save one frame of it as JPEG or PNG and add that.
upload-photo-unreadable = This photo cannot be read: the file is damaged, incomplete, or in a rare variant of its format. Open it on your device, save it anew as JPEG and add it again.
upload-document-bytes = The document takes more than 10 MB. Make it smaller, for example by saving its pictures in lower quality, and add it again.
upload-document-not-pdf = This is not a PDF file. Save the document as PDF and add it again.
upload-document-mixed = This file is a PDF document and a file of another kind at once. Save the document anew as PDF and add it again.
upload-document-active = This PDF has scripts, commands that start a program, or other files in it. Print it to a new PDF file and add the new one.
upload-document-unreadable = This PDF is damaged or incomplete. Save it anew and add it again.
