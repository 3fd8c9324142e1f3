/// The API.
