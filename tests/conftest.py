"""The modules beside this file (``nodes``) can be imported from every folder of tests."""
