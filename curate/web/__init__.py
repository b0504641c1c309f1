"""The page on which a person listens, looks and decides.

`queues` says what is asked, and `review_session` notes what is answered. `pictures` and `sounds` make
what is seen and heard. `app` and `guard` are the web server.
"""
