"""Training of cascades: data sets, recipes, fitting and reports."""
