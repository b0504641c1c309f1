"""Events as challenges and programs for behaviour list them."""
