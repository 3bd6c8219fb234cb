"""AWS on one machine, built from the synthesised template. `Plane` is the way in; everything else serves it."""
