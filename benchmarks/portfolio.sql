-- A portfolio of :projects projects over the cities that are there, the same one every time: each
-- choice is a hash of the row's number and a word. Triggers and foreign keys sleep while it loads.

CREATE FUNCTION pg_temp.draw(number bigint, word text, choices integer) RETURNS integer
LANGUAGE sql IMMUTABLE PARALLEL SAFE AS $$
    SELECT ((hashint8extended(number, hashtextextended(word, 42)) & 1073741823) % choices)::integer
$$;

INSERT INTO person (id, email, name, language, time_zone, created_at)
SELECT 2 * id - 1 + kind, kind_name || id || '@city.example', initcap(kind_name) || ' of ' || name,
       'en', time_zone, '2024-01-01Z'
FROM city, (VALUES (0, 'coordinator'), (1, 'mayor')) kinds (kind, kind_name);

INSERT INTO membership (person, city, role, started_at)
SELECT 2 * id - 1 + kind, id, kind_name, '2024-01-01Z'
FROM city, (VALUES (0, 'coordinator'), (1, 'mayor')) kinds (kind, kind_name);

-- Further coordinators, where more readers are asked for.
INSERT INTO person (id, email, name, language, time_zone, created_at)
SELECT (1 + number) * (SELECT max(id) FROM city) + id,
       'coordinator' || number || '-' || id || '@city.example', 'Coordinator of ' || name, 'en',
       time_zone, '2024-01-01Z'
FROM city, generate_series(1, :more) number;

INSERT INTO membership (person, city, role, started_at)
SELECT (1 + number) * (SELECT max(id) FROM city) + id, id, 'coordinator', '2024-01-01Z'
FROM city, generate_series(1, :more) number;

-- The one who sees every budget: a person of the secretariat.
INSERT INTO person (id, email, name, language, time_zone, created_at)
SELECT 1 + max(id), 'officer@secretariat.example', 'Officer', 'en', 'UTC', '2024-01-01Z' FROM person;

INSERT INTO membership (person, role, started_at)
SELECT max(id), 'officer', '2024-01-01Z' FROM person;

INSERT INTO api_token (person, prefix, token_hash, read_only, created_at, expires_at, covers)
SELECT max(id), 'bench', encode(sha256('bench-officer'), 'hex'), false, now(),
       now() + interval '10 years', 'officer:'
FROM person;

-- The secrets are "bench-<city>": the tokens of made-up people in a throw-away database.
INSERT INTO api_token (person, prefix, token_hash, read_only, created_at, expires_at, covers)
SELECT 2 * id - 1, 'bench', encode(sha256(convert_to('bench-' || id, 'UTF8')), 'hex'), false,
       now(), now() + interval '10 years', 'coordinator:' || id
FROM city;

-- Three regions receive a quarter of all projects each, half of all are active: a page of a
-- hundred is full in the smallest portfolio too. What is late in one is in time in another, so that
-- a third each is red, amber and, as nobody has been heard of for long, unknown, whenever it is.
INSERT INTO project (id, code, title, summary, lead_city, donor_city, recipient_city, themes,
                     sdg_goals, state, state_reason, confidential, planned_start_on, planned_end_on,
                     amber_days, red_days, amber_share, red_share, created_at, submitted_at,
                     agreed_at, ended_at, version)
SELECT made.id, 'ES-' || 2022 + made.id % 4 || '-' || lpad(made.id::text, 6, '0'),
       (ARRAY['One-stop service','Open data portal','Digital identity','E-procurement',
              'Participatory budget','Smart mobility','Land register','Tax online',
              'Flood warning','Civic "hackathon"'])[1 + pg_temp.draw(made.id, 'title', 10)]
         || ' for ' || r.name,
       repeat('What is done, for whom, and what should change – in plain words. ', 4) || made.id,
       recipient, donor, recipient,
       ARRAY[(:themes::text[])[1 + pg_temp.draw(made.id, 'theme', cardinality(:themes::text[]))]],
       (SELECT array_agg(DISTINCT goal ORDER BY goal)
        FROM unnest(ARRAY[1 + pg_temp.draw(made.id, 'goal', 17), 16]::smallint[]) goal),
       state, CASE WHEN state IN ('suspended', 'cancelled', 'rejected', 'returned', 'withdrawn')
                   THEN 'Said in a meeting.' END,
       state = 'suspended' AND made.id % 10 = 0, starts_on, starts_on + 540 + pg_temp.draw(made.id, 'length', 360),
       (ARRAY[7, 7, 20000])[1 + patience], (ARRAY[30, 20000, 30000])[1 + patience],
       (ARRAY[0.9, 0.9, 0.01])[1 + patience], (ARRAY[0.6, 0, 0])[1 + patience],
       made.created_at, made.created_at + interval '5 days',
       CASE WHEN state IN ('agreed', 'active', 'suspended', 'finalising', 'closed', 'cancelled')
            THEN made.created_at + interval '40 days' END,
       CASE WHEN state IN ('closed', 'cancelled', 'rejected', 'withdrawn')
            THEN made.created_at + interval '500 days' END,
       1 + pg_temp.draw(made.id, 'version', 9)
FROM (SELECT id,
             '2022-01-01Z'::timestamptz + id * (interval '1300 days' / :projects) AS created_at,
             '2022-03-01'::date + (id * 1300 / :projects)::integer AS starts_on,
             CASE WHEN pg_temp.draw(id, 'state', 100) < 52 THEN 'active'
                  ELSE (:states::text[])[1 + pg_temp.draw(id, 'other', cardinality(:states::text[]))]
             END AS state,
             (SELECT array_agg(c.id ORDER BY c.id) FROM city c)
               [1 + pg_temp.draw(id, 'donor', (SELECT count(*)::integer FROM city))] AS donor,
             of_region.ids[1 + pg_temp.draw(id, 'recipient', cardinality(of_region.ids))]
               AS recipient
      FROM generate_series(1, :projects) id
      JOIN (SELECT row_number() OVER (ORDER BY count(*) DESC, region_code) AS rank,
                   array_agg(c.id ORDER BY c.id) AS ids
            FROM city c GROUP BY region_code) of_region
        ON of_region.rank = CASE WHEN pg_temp.draw(id, 'region', 8) < 6
                                 THEN 1 + pg_temp.draw(id, 'region', 8) % 3
                                 ELSE 4 + pg_temp.draw(id, 'far', (SELECT count(DISTINCT region_code)
                                                                     ::integer - 3 FROM city))
                            END) made
JOIN city r ON r.id = recipient
CROSS JOIN LATERAL (SELECT pg_temp.draw(made.id, 'patience', 3) AS patience) p;

-- Nobody helps themselves.
UPDATE project SET donor_city = CASE WHEN donor_city = 1 THEN 2 ELSE donor_city - 1 END
WHERE donor_city = recipient_city;

INSERT INTO participation (project, city, side, organisation_role)
SELECT id, donor_city, 'donor', 'extending' FROM project
UNION ALL
SELECT id, recipient_city, 'recipient', 'implementing' FROM project;

INSERT INTO milestone (project, city, title, kind, acceptance_criteria, weight, baseline_due_on,
                       due_on, completed_on, state, state_reason, moves, created_at, updated_at)
SELECT p.id, CASE WHEN n % 2 = 0 THEN p.donor_city ELSE p.recipient_city END,
       (ARRAY['Agreement signed','Team trained','Data migrated','Pilot running','Law adapted',
              'Study visit','Go-live','Evaluation'])[n] || ' in ' || r.name,
       (ARRAY['agreement','training','deliverable','workshop','deliverable','study_visit',
              'go_live','evaluation'])[n],
       'Seen by both cities and put down in writing.', 1 + pg_temp.draw(p.id * 8 + n, 'weight', 5),
       steps.due_on, steps.due_on + 7 * pg_temp.draw(p.id * 8 + n, 'late', 4),
       CASE WHEN steps.state IN ('accepted', 'submitted') THEN steps.due_on + 3 END, steps.state,
       CASE WHEN steps.state IN ('missed', 'waived') THEN 'No money this year.' END,
       pg_temp.draw(p.id * 8 + n, 'moves', 3), p.created_at, p.created_at
FROM project p
JOIN city r ON r.id = p.recipient_city,
LATERAL (SELECT n, p.planned_start_on + n * 60 AS due_on,
                CASE WHEN n < 4 THEN (ARRAY['accepted','accepted','accepted','waived'])
                                      [1 + pg_temp.draw(p.id * 8 + n, 'done', 4)]
                     ELSE (ARRAY['planned','in_progress','submitted','missed'])
                          [1 + pg_temp.draw(p.id * 8 + n, 'open', 4)] END AS state
         FROM generate_series(1, 8) n) steps;

INSERT INTO result (id, project, type, title, benefit)
SELECT 2 * id - 1 + n, id, CASE n WHEN 0 THEN 'outcome' ELSE 'output' END,
       CASE n WHEN 0 THEN 'Citizens save time' ELSE 'Staff know how' END,
       CASE n WHEN 0 THEN 'recipient' ELSE 'donor' END
FROM project, generate_series(0, 1) n;

INSERT INTO indicator (id, project, result, title, measure, ascending, accumulation, aggregation,
                       unit, baseline_value, baseline_on, means_of_verification, latest_value)
SELECT 4 * p.id - 3 + n, p.id, 2 * p.id - 1 + n / 2,
       (ARRAY['Days to a permit','Requests answered online','Staff trained','Cost a case'])[n + 1],
       'unit', n IN (1, 2), 'period', 'sum', (ARRAY['days','requests','people','USD'])[n + 1],
       pg_temp.draw(p.id * 4 + n, 'baseline', 10000) / 100.0, p.planned_start_on,
       'Counted in the register.',
       10 * (4 * p.id - 3 + n)
         - CASE WHEN pg_temp.draw(10 * (4 * p.id - 3 + n), 'waiting', 10) = 0 THEN 1 ELSE 0 END
FROM project p, generate_series(0, 3) n;

INSERT INTO period (id, project, indicator, starts_on, ends_on, target_value)
SELECT 10 * i.id - 9 + n, i.project, i.id, i.baseline_on + 91 * n, i.baseline_on + 91 * n + 90,
       i.baseline_value + n * 10
FROM indicator i, generate_series(0, 9) n;

-- Every tenth of the last values waits for approval, so that the latest approved one is not
-- always the last. Values have the numbers of their periods, ten in a row to an indicator.
INSERT INTO value (id, project, period, city, number, value, narrative, state, author, approver,
                   created_at, approved_at)
SELECT q.id, q.project, q.id, p.recipient_city, 1,
       pg_temp.draw(q.id, 'value', 100000) / 100.0, 'Counted by hand.',
       CASE WHEN waiting THEN 'submitted' ELSE 'approved' END, 2 * p.recipient_city - 1,
       CASE WHEN NOT waiting THEN 2 * p.donor_city - 1 END,
       q.ends_on + interval '5 days', CASE WHEN NOT waiting THEN q.ends_on + interval '9 days' END
FROM period q
JOIN project p ON p.id = q.project,
LATERAL (SELECT q.id % 10 = 0 AND pg_temp.draw(q.id, 'waiting', 10) = 0 AS waiting) w;

INSERT INTO budget_line (project, city, type, title, amount, currency, value_on)
SELECT id, CASE n WHEN 0 THEN donor_city ELSE recipient_city END, 'original',
       CASE n WHEN 0 THEN 'Experts' ELSE 'Equipment' END,
       pg_temp.draw(id * 2 + n, 'budget', 100000000) / 100.0,
       CASE n WHEN 0 THEN 'EUR' ELSE 'USD' END, planned_start_on
FROM project, generate_series(0, 1) n;

-- What a user of PostGraphile adds to a schema so that it can answer the same.
CREATE VIEW project_facet AS
SELECT p.id AS project_id, p.state, c.region_code AS region, theme, b.currency, b.amount, 1 AS one
FROM project p JOIN city c ON c.id = p.recipient_city JOIN budget_line b ON b.project = p.id,
     unnest(p.themes) theme;

CREATE FUNCTION portfolio_groups()
RETURNS TABLE (state text, region text, theme text, currency text, projects bigint, amount numeric)
LANGUAGE sql STABLE AS $$
    SELECT state, region, theme, currency, count(*), sum(amount) FROM project_facet
    GROUP BY 1, 2, 3, 4
$$;

CREATE FUNCTION search_projects(words text) RETURNS SETOF project LANGUAGE sql STABLE AS $$
    SELECT p.* FROM project p
    WHERE p.id = ANY(ARRAY(SELECT s.id FROM project_search s
                           WHERE s.document @@ (SELECT search_query(words))))
    ORDER BY p.created_at DESC, p.id DESC
$$;

-- Both directions of a reversal would have one name in PostGraphile, which then leaves out the type
-- and all that lead to it.
COMMENT ON CONSTRAINT transaction_reverses_fkey ON transaction
IS '@foreignSingleFieldName reversal';
COMMENT ON CONSTRAINT transaction_reverses_one_of_its_city ON transaction
IS '@foreignSingleFieldName reversalOfCity';

-- So would a project and its narrow row, which refer to each other.
COMMENT ON CONSTRAINT project_has_portfolio_row ON project
IS E'@fieldName narrowRow\n@foreignSingleFieldName wideRow';
