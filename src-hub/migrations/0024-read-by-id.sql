-- No index by audience: records are found by id or by the feed of a bucket, and hold the policy then. Where a table had no statistics yet, as on a new hub or the
-- embedded engine, each row of a page was found by all records of the unit beside its id, so a first sync took time by the square of what is there.
drop index records_audience;
