map-zoom-in = Przybliż
