map-zoom-in = Zoom in
