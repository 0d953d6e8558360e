"""Problems and plans as files: the field table, the JSON documents, reading and writing."""
