SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;
SET default_tablespace = '';
SET default_table_access_method = heap;
CREATE TABLE public.models (
    number integer NOT NULL,
    model_id character varying(100) NOT NULL,
    universe text NOT NULL,
    "interval" character varying(16) NOT NULL,
    horizon_bars integer NOT NULL,
    symbols text NOT NULL,
    stage character varying(16) NOT NULL,
    bundle_digest character varying(64) NOT NULL,
    pipeline_digest character varying(64) NOT NULL,
    snapshot_digest character varying(64) NOT NULL,
    bellwether_version character varying(64) NOT NULL,
    trained_at bigint NOT NULL,
    registered_at bigint NOT NULL,
    changed_at bigint NOT NULL,
    verdict text,
    metrics text NOT NULL
);
CREATE SEQUENCE public.models_number_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.models_number_seq OWNED BY public.models.number;
CREATE TABLE public.moves (
    number integer NOT NULL,
    model_id character varying(100) NOT NULL,
    before character varying(16),
    after character varying(16) NOT NULL,
    at bigint NOT NULL,
    reason text NOT NULL,
    verdict text
);
CREATE SEQUENCE public.moves_number_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.moves_number_seq OWNED BY public.moves.number;
CREATE TABLE public.schema_version (
    version integer NOT NULL
);
CREATE SEQUENCE public.schema_version_version_seq
    AS integer
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;
ALTER SEQUENCE public.schema_version_version_seq OWNED BY public.schema_version.version;
ALTER TABLE ONLY public.models ALTER COLUMN number SET DEFAULT nextval('public.models_number_seq'::regclass);
ALTER TABLE ONLY public.moves ALTER COLUMN number SET DEFAULT nextval('public.moves_number_seq'::regclass);
ALTER TABLE ONLY public.schema_version ALTER COLUMN version SET DEFAULT nextval('public.schema_version_version_seq'::regclass);
INSERT INTO public.models VALUES (1, 'm1', 'world', '1d', 1, '["A","\u00c4/\u03b2"]', 'retired', 'bundle of m1', 'p', 's', '0.1.0', 1546290000000000, 1546430400000007, 1546430400000007, '{"binding":"evidence","by_year":[],"checks":[],"contract":null,"decision":"PROMOTE","evidence_digest":"e","first_closed_at":"2010-01-04T21:00:00","last_closed_at":"2018-12-31T21:00:00","n_bars":1000,"n_effective":1.0,"n_looks":1,"n_needed":433.0,"n_pipelines":1,"n_symbols":1,"name":"w","next_step":"serve it","options_digest":"g","pipeline":"p","reason":"skill was found \u2013 \u201creally\u201d","skill":null,"snapshot":"s","value":null}', '{"accuracy":0.5123456789012345,"n":3}');
INSERT INTO public.models VALUES (2, 'm2', 'world', '1d', 1, '["A","\u00c4/\u03b2"]', 'previous', 'bundle of m2', 'p', 's', '0.1.0', 1546290000000000, 1546430400000007, 1546430400000007, '{"binding":"evidence","by_year":[],"checks":[],"contract":null,"decision":"PROMOTE","evidence_digest":"e","first_closed_at":"2010-01-04T21:00:00","last_closed_at":"2018-12-31T21:00:00","n_bars":1000,"n_effective":1.0,"n_looks":1,"n_needed":433.0,"n_pipelines":1,"n_symbols":1,"name":"w","next_step":"serve it","options_digest":"g","pipeline":"p","reason":"skill was found \u2013 \u201creally\u201d","skill":null,"snapshot":"s","value":null}', '{"accuracy":0.5123456789012345,"n":3}');
INSERT INTO public.models VALUES (3, 'm3', 'world', '1d', 1, '["A","\u00c4/\u03b2"]', 'champion', 'bundle of m3', 'p', 's', '0.1.0', 1546290000000000, 1546430400000007, 1546430400000007, '{"binding":"evidence","by_year":[],"checks":[],"contract":null,"decision":"PROMOTE","evidence_digest":"e","first_closed_at":"2010-01-04T21:00:00","last_closed_at":"2018-12-31T21:00:00","n_bars":1000,"n_effective":1.0,"n_looks":1,"n_needed":433.0,"n_pipelines":1,"n_symbols":1,"name":"w","next_step":"serve it","options_digest":"g","pipeline":"p","reason":"skill was found \u2013 \u201creally\u201d","skill":null,"snapshot":"s","value":null}', '{"accuracy":0.5123456789012345,"n":3}');
INSERT INTO public.models VALUES (4, 'm4', 'world', '1d', 1, '["A","\u00c4/\u03b2"]', 'refused', 'bundle of m4', 'p', 's', '0.1.0', 1546290000000000, 1546430400000007, 1546430400000007, '{"binding":"evidence","by_year":[],"checks":[],"contract":null,"decision":"REFUSE","evidence_digest":"e","first_closed_at":"2010-01-04T21:00:00","last_closed_at":"2018-12-31T21:00:00","n_bars":1000,"n_effective":1.0,"n_looks":1,"n_needed":433.0,"n_pipelines":1,"n_symbols":1,"name":"w","next_step":"serve it","options_digest":"g","pipeline":"p","reason":"no skill","skill":null,"snapshot":"s","value":null}', '{"accuracy":0.5123456789012345,"n":3}');
INSERT INTO public.models VALUES (5, 'm5', 'world', '1d', 1, '["A","\u00c4/\u03b2"]', 'candidate', 'bundle of m5', 'p', 's', '0.1.0', 1546290000000000, 1546430400000007, 1546430400000007, NULL, '{"accuracy":0.5123456789012345,"n":3}');
INSERT INTO public.models VALUES (6, 'n1', 'other', '1d', 1, '["A","\u00c4/\u03b2"]', 'retired', 'bundle of n1', 'p', 's', '0.1.0', 1546290000000000, 1546430400000007, 1546430400000007, '{"binding":"evidence","by_year":[],"checks":[],"contract":null,"decision":"PROMOTE","evidence_digest":"e","first_closed_at":"2010-01-04T21:00:00","last_closed_at":"2018-12-31T21:00:00","n_bars":1000,"n_effective":1.0,"n_looks":1,"n_needed":433.0,"n_pipelines":1,"n_symbols":1,"name":"w","next_step":"serve it","options_digest":"g","pipeline":"p","reason":"skill was found \u2013 \u201creally\u201d","skill":null,"snapshot":"s","value":null}', '{"accuracy":0.5123456789012345,"n":3}');
INSERT INTO public.moves VALUES (1, 'm1', NULL, 'candidate', 1546430400000007, 'registered', NULL);
INSERT INTO public.moves VALUES (2, 'm1', 'candidate', 'champion', 1546430400000007, 'it passed', '{"binding":"evidence","by_year":[],"checks":[],"contract":null,"decision":"PROMOTE","evidence_digest":"e","first_closed_at":"2010-01-04T21:00:00","last_closed_at":"2018-12-31T21:00:00","n_bars":1000,"n_effective":1.0,"n_looks":1,"n_needed":433.0,"n_pipelines":1,"n_symbols":1,"name":"w","next_step":"serve it","options_digest":"g","pipeline":"p","reason":"skill was found \u2013 \u201creally\u201d","skill":null,"snapshot":"s","value":null}');
INSERT INTO public.moves VALUES (3, 'm2', NULL, 'candidate', 1546430400000007, 'registered', NULL);
INSERT INTO public.moves VALUES (4, 'm1', 'champion', 'previous', 1546430400000007, 'succeeded: it passed', NULL);
INSERT INTO public.moves VALUES (5, 'm2', 'candidate', 'champion', 1546430400000007, 'it passed', '{"binding":"evidence","by_year":[],"checks":[],"contract":null,"decision":"PROMOTE","evidence_digest":"e","first_closed_at":"2010-01-04T21:00:00","last_closed_at":"2018-12-31T21:00:00","n_bars":1000,"n_effective":1.0,"n_looks":1,"n_needed":433.0,"n_pipelines":1,"n_symbols":1,"name":"w","next_step":"serve it","options_digest":"g","pipeline":"p","reason":"skill was found \u2013 \u201creally\u201d","skill":null,"snapshot":"s","value":null}');
INSERT INTO public.moves VALUES (6, 'm3', NULL, 'candidate', 1546430400000007, 'registered', NULL);
INSERT INTO public.moves VALUES (7, 'm1', 'previous', 'retired', 1546430400000007, 'displaced: it passed', NULL);
INSERT INTO public.moves VALUES (8, 'm2', 'champion', 'previous', 1546430400000007, 'succeeded: it passed', NULL);
INSERT INTO public.moves VALUES (9, 'm3', 'candidate', 'champion', 1546430400000007, 'it passed', '{"binding":"evidence","by_year":[],"checks":[],"contract":null,"decision":"PROMOTE","evidence_digest":"e","first_closed_at":"2010-01-04T21:00:00","last_closed_at":"2018-12-31T21:00:00","n_bars":1000,"n_effective":1.0,"n_looks":1,"n_needed":433.0,"n_pipelines":1,"n_symbols":1,"name":"w","next_step":"serve it","options_digest":"g","pipeline":"p","reason":"skill was found \u2013 \u201creally\u201d","skill":null,"snapshot":"s","value":null}');
INSERT INTO public.moves VALUES (10, 'm4', NULL, 'candidate', 1546430400000007, 'registered', NULL);
INSERT INTO public.moves VALUES (11, 'm4', 'candidate', 'refused', 1546430400000007, 'no skill', '{"binding":"evidence","by_year":[],"checks":[],"contract":null,"decision":"REFUSE","evidence_digest":"e","first_closed_at":"2010-01-04T21:00:00","last_closed_at":"2018-12-31T21:00:00","n_bars":1000,"n_effective":1.0,"n_looks":1,"n_needed":433.0,"n_pipelines":1,"n_symbols":1,"name":"w","next_step":"serve it","options_digest":"g","pipeline":"p","reason":"no skill","skill":null,"snapshot":"s","value":null}');
INSERT INTO public.moves VALUES (12, 'm5', NULL, 'candidate', 1546430400000007, 'registered', NULL);
INSERT INTO public.moves VALUES (13, 'n1', NULL, 'candidate', 1546430400000007, 'registered', NULL);
INSERT INTO public.moves VALUES (14, 'n1', 'candidate', 'champion', 1546430400000007, 'it passed', '{"binding":"evidence","by_year":[],"checks":[],"contract":null,"decision":"PROMOTE","evidence_digest":"e","first_closed_at":"2010-01-04T21:00:00","last_closed_at":"2018-12-31T21:00:00","n_bars":1000,"n_effective":1.0,"n_looks":1,"n_needed":433.0,"n_pipelines":1,"n_symbols":1,"name":"w","next_step":"serve it","options_digest":"g","pipeline":"p","reason":"skill was found \u2013 \u201creally\u201d","skill":null,"snapshot":"s","value":null}');
INSERT INTO public.moves VALUES (15, 'n1', 'champion', 'retired', 1546430400000007, 'too old', NULL);
INSERT INTO public.schema_version VALUES (2);
SELECT pg_catalog.setval('public.models_number_seq', 6, true);
SELECT pg_catalog.setval('public.moves_number_seq', 15, true);
SELECT pg_catalog.setval('public.schema_version_version_seq', 1, false);
ALTER TABLE ONLY public.models
    ADD CONSTRAINT models_model_id_key UNIQUE (model_id);
ALTER TABLE ONLY public.models
    ADD CONSTRAINT models_pkey PRIMARY KEY (number);
ALTER TABLE ONLY public.moves
    ADD CONSTRAINT moves_pkey PRIMARY KEY (number);
ALTER TABLE ONLY public.schema_version
    ADD CONSTRAINT schema_version_pkey PRIMARY KEY (version);
CREATE INDEX models_by_stage ON public.models USING btree (stage, "interval", horizon_bars);
CREATE UNIQUE INDEX one_of_each_serving_stage ON public.models USING btree (universe, "interval", horizon_bars, stage) WHERE ((stage)::text = ANY ((ARRAY['champion'::character varying, 'previous'::character varying])::text[]));
ALTER TABLE ONLY public.moves
    ADD CONSTRAINT moves_model_id_fkey FOREIGN KEY (model_id) REFERENCES public.models(model_id);
