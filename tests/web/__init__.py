"""The pages and the API's door, through HTTP as a browser and a program speak it."""
