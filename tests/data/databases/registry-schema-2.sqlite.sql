BEGIN TRANSACTION;
CREATE TABLE models (
	number INTEGER NOT NULL, 
	model_id VARCHAR(100) NOT NULL, 
	universe TEXT NOT NULL, 
	interval VARCHAR(16) NOT NULL, 
	horizon_bars INTEGER NOT NULL, 
	symbols TEXT NOT NULL, 
	stage VARCHAR(16) NOT NULL, 
	bundle_digest VARCHAR(64) NOT NULL, 
	pipeline_digest VARCHAR(64) NOT NULL, 
	snapshot_digest VARCHAR(64) NOT NULL, 
	bellwether_version VARCHAR(64) NOT NULL, 
	trained_at BIGINT NOT NULL, 
	registered_at BIGINT NOT NULL, 
	changed_at BIGINT NOT NULL, 
	verdict TEXT, 
	metrics TEXT NOT NULL, 
	PRIMARY KEY (number), 
	UNIQUE (model_id)
);
INSERT INTO "models" VALUES(1,'m1','world','1d',1,'["A","\u00c4/\u03b2"]','retired','bundle of m1','p','s','0.1.0',1546290000000000,1546430400000007,1546430400000007,'{"binding":"evidence","by_year":[],"checks":[],"contract":null,"decision":"PROMOTE","evidence_digest":"e","first_closed_at":"2010-01-04T21:00:00","last_closed_at":"2018-12-31T21:00:00","n_bars":1000,"n_effective":1.0,"n_looks":1,"n_needed":433.0,"n_pipelines":1,"n_symbols":1,"name":"w","next_step":"serve it","options_digest":"g","pipeline":"p","reason":"skill was found \u2013 \u201creally\u201d","skill":null,"snapshot":"s","value":null}','{"accuracy":0.5123456789012345,"n":3}');
INSERT INTO "models" VALUES(2,'m2','world','1d',1,'["A","\u00c4/\u03b2"]','previous','bundle of m2','p','s','0.1.0',1546290000000000,1546430400000007,1546430400000007,'{"binding":"evidence","by_year":[],"checks":[],"contract":null,"decision":"PROMOTE","evidence_digest":"e","first_closed_at":"2010-01-04T21:00:00","last_closed_at":"2018-12-31T21:00:00","n_bars":1000,"n_effective":1.0,"n_looks":1,"n_needed":433.0,"n_pipelines":1,"n_symbols":1,"name":"w","next_step":"serve it","options_digest":"g","pipeline":"p","reason":"skill was found \u2013 \u201creally\u201d","skill":null,"snapshot":"s","value":null}','{"accuracy":0.5123456789012345,"n":3}');
INSERT INTO "models" VALUES(3,'m3','world','1d',1,'["A","\u00c4/\u03b2"]','champion','bundle of m3','p','s','0.1.0',1546290000000000,1546430400000007,1546430400000007,'{"binding":"evidence","by_year":[],"checks":[],"contract":null,"decision":"PROMOTE","evidence_digest":"e","first_closed_at":"2010-01-04T21:00:00","last_closed_at":"2018-12-31T21:00:00","n_bars":1000,"n_effective":1.0,"n_looks":1,"n_needed":433.0,"n_pipelines":1,"n_symbols":1,"name":"w","next_step":"serve it","options_digest":"g","pipeline":"p","reason":"skill was found \u2013 \u201creally\u201d","skill":null,"snapshot":"s","value":null}','{"accuracy":0.5123456789012345,"n":3}');
INSERT INTO "models" VALUES(4,'m4','world','1d',1,'["A","\u00c4/\u03b2"]','refused','bundle of m4','p','s','0.1.0',1546290000000000,1546430400000007,1546430400000007,'{"binding":"evidence","by_year":[],"checks":[],"contract":null,"decision":"REFUSE","evidence_digest":"e","first_closed_at":"2010-01-04T21:00:00","last_closed_at":"2018-12-31T21:00:00","n_bars":1000,"n_effective":1.0,"n_looks":1,"n_needed":433.0,"n_pipelines":1,"n_symbols":1,"name":"w","next_step":"serve it","options_digest":"g","pipeline":"p","reason":"no skill","skill":null,"snapshot":"s","value":null}','{"accuracy":0.5123456789012345,"n":3}');
INSERT INTO "models" VALUES(5,'m5','world','1d',1,'["A","\u00c4/\u03b2"]','candidate','bundle of m5','p','s','0.1.0',1546290000000000,1546430400000007,1546430400000007,NULL,'{"accuracy":0.5123456789012345,"n":3}');
INSERT INTO "models" VALUES(6,'n1','other','1d',1,'["A","\u00c4/\u03b2"]','retired','bundle of n1','p','s','0.1.0',1546290000000000,1546430400000007,1546430400000007,'{"binding":"evidence","by_year":[],"checks":[],"contract":null,"decision":"PROMOTE","evidence_digest":"e","first_closed_at":"2010-01-04T21:00:00","last_closed_at":"2018-12-31T21:00:00","n_bars":1000,"n_effective":1.0,"n_looks":1,"n_needed":433.0,"n_pipelines":1,"n_symbols":1,"name":"w","next_step":"serve it","options_digest":"g","pipeline":"p","reason":"skill was found \u2013 \u201creally\u201d","skill":null,"snapshot":"s","value":null}','{"accuracy":0.5123456789012345,"n":3}');
CREATE TABLE moves (
	number INTEGER NOT NULL, 
	model_id VARCHAR(100) NOT NULL, 
	"before" VARCHAR(16), 
	"after" VARCHAR(16) NOT NULL, 
	at BIGINT NOT NULL, 
	reason TEXT NOT NULL, 
	verdict TEXT, 
	PRIMARY KEY (number), 
	FOREIGN KEY(model_id) REFERENCES models (model_id)
);
INSERT INTO "moves" VALUES(1,'m1',NULL,'candidate',1546430400000007,'registered',NULL);
INSERT INTO "moves" VALUES(2,'m1','candidate','champion',1546430400000007,'it passed','{"binding":"evidence","by_year":[],"checks":[],"contract":null,"decision":"PROMOTE","evidence_digest":"e","first_closed_at":"2010-01-04T21:00:00","last_closed_at":"2018-12-31T21:00:00","n_bars":1000,"n_effective":1.0,"n_looks":1,"n_needed":433.0,"n_pipelines":1,"n_symbols":1,"name":"w","next_step":"serve it","options_digest":"g","pipeline":"p","reason":"skill was found \u2013 \u201creally\u201d","skill":null,"snapshot":"s","value":null}');
INSERT INTO "moves" VALUES(3,'m2',NULL,'candidate',1546430400000007,'registered',NULL);
INSERT INTO "moves" VALUES(4,'m1','champion','previous',1546430400000007,'succeeded: it passed',NULL);
INSERT INTO "moves" VALUES(5,'m2','candidate','champion',1546430400000007,'it passed','{"binding":"evidence","by_year":[],"checks":[],"contract":null,"decision":"PROMOTE","evidence_digest":"e","first_closed_at":"2010-01-04T21:00:00","last_closed_at":"2018-12-31T21:00:00","n_bars":1000,"n_effective":1.0,"n_looks":1,"n_needed":433.0,"n_pipelines":1,"n_symbols":1,"name":"w","next_step":"serve it","options_digest":"g","pipeline":"p","reason":"skill was found \u2013 \u201creally\u201d","skill":null,"snapshot":"s","value":null}');
INSERT INTO "moves" VALUES(6,'m3',NULL,'candidate',1546430400000007,'registered',NULL);
INSERT INTO "moves" VALUES(7,'m1','previous','retired',1546430400000007,'displaced: it passed',NULL);
INSERT INTO "moves" VALUES(8,'m2','champion','previous',1546430400000007,'succeeded: it passed',NULL);
INSERT INTO "moves" VALUES(9,'m3','candidate','champion',1546430400000007,'it passed','{"binding":"evidence","by_year":[],"checks":[],"contract":null,"decision":"PROMOTE","evidence_digest":"e","first_closed_at":"2010-01-04T21:00:00","last_closed_at":"2018-12-31T21:00:00","n_bars":1000,"n_effective":1.0,"n_looks":1,"n_needed":433.0,"n_pipelines":1,"n_symbols":1,"name":"w","next_step":"serve it","options_digest":"g","pipeline":"p","reason":"skill was found \u2013 \u201creally\u201d","skill":null,"snapshot":"s","value":null}');
INSERT INTO "moves" VALUES(10,'m4',NULL,'candidate',1546430400000007,'registered',NULL);
INSERT INTO "moves" VALUES(11,'m4','candidate','refused',1546430400000007,'no skill','{"binding":"evidence","by_year":[],"checks":[],"contract":null,"decision":"REFUSE","evidence_digest":"e","first_closed_at":"2010-01-04T21:00:00","last_closed_at":"2018-12-31T21:00:00","n_bars":1000,"n_effective":1.0,"n_looks":1,"n_needed":433.0,"n_pipelines":1,"n_symbols":1,"name":"w","next_step":"serve it","options_digest":"g","pipeline":"p","reason":"no skill","skill":null,"snapshot":"s","value":null}');
INSERT INTO "moves" VALUES(12,'m5',NULL,'candidate',1546430400000007,'registered',NULL);
INSERT INTO "moves" VALUES(13,'n1',NULL,'candidate',1546430400000007,'registered',NULL);
INSERT INTO "moves" VALUES(14,'n1','candidate','champion',1546430400000007,'it passed','{"binding":"evidence","by_year":[],"checks":[],"contract":null,"decision":"PROMOTE","evidence_digest":"e","first_closed_at":"2010-01-04T21:00:00","last_closed_at":"2018-12-31T21:00:00","n_bars":1000,"n_effective":1.0,"n_looks":1,"n_needed":433.0,"n_pipelines":1,"n_symbols":1,"name":"w","next_step":"serve it","options_digest":"g","pipeline":"p","reason":"skill was found \u2013 \u201creally\u201d","skill":null,"snapshot":"s","value":null}');
INSERT INTO "moves" VALUES(15,'n1','champion','retired',1546430400000007,'too old',NULL);
CREATE TABLE schema_version (
	version INTEGER NOT NULL, 
	PRIMARY KEY (version)
);
INSERT INTO "schema_version" VALUES(2);
CREATE UNIQUE INDEX one_of_each_serving_stage ON models (universe, interval, horizon_bars, stage) WHERE stage IN ('champion', 'previous');
CREATE INDEX models_by_stage ON models (stage, interval, horizon_bars);
COMMIT;
