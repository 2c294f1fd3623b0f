"""Statements that are no plain read, by class, in the disguises in which they may come: none passes."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from graph.errors import GuardError
from graph.guard import check

_BY_CLASS = {
    "create": r"""
CREATE (:H)
CREATE (a:H)-[:R]->(b:H) RETURN a
MATCH (n:Company) CREATE (n)-[:R2]->(:H)
WITH 1 AS x CREATE (:H {x:x})
CREATE (:H) WITH 1 AS a RETURN a
""",
    "insert": r"""
INSERT (:H)
MATCH (n) INSERT (n)-[:R]->(:H)
INSERT (:H&I {a:1})
""",
    "merge": r"""
MERGE (:H {id:1})
MERGE (n:Company {id:'c1'}) ON MATCH SET n.name='x'
MERGE (n:H) ON CREATE SET n.x=1 RETURN n
UNWIND [1,2] AS x MERGE (:H {x:x})
""",
    "set": r"""
MATCH (n) SET n.name='x'
MATCH (n) SET n={}
MATCH (n) SET n+={a:1}
MATCH (n) SET n:H
MATCH (n) SET n[$k]='x'
MATCH (n) SET n:$('H')
MATCH (n) WHERE n:Company SET n.x=1
MATCH (n) WHERE n.x IS NULL SET n.x=1
MATCH (n) WITH n ORDER BY n.id LIMIT 1 SET n.name='x'
""",
    "remove": r"""
MATCH (n) REMOVE n.name
MATCH (n) REMOVE n:Company
MATCH (n) REMOVE n['name']
MATCH (n) REMOVE n:$('Company')
""",
    "delete": r"""
MATCH (n) DELETE n
MATCH (n) DETACH DELETE n
MATCH (n) NODETACH DELETE n
MATCH ()-[r]->() DELETE r
MATCH p=()-[]->() DELETE p
MATCH (n) WITH collect(n) AS ns UNWIND ns AS m DETACH DELETE m
MATCH (n) RETURN n DELETE n
""",
    "foreach": r"""
FOREACH (x IN [1] | CREATE (:H))
MATCH (n) FOREACH (x IN [n] | SET x.y=1)
MATCH (n) WITH collect(n) AS l FOREACH (x IN l | DETACH DELETE x)
FOREACH (x IN range(1,3) | FOREACH (y IN [x] | MERGE (:H {y:y})))
""",
    "ddl": r"""
CREATE INDEX bad FOR (n:Company) ON (n.url)
CREATE CONSTRAINT bad FOR (n:Company) REQUIRE n.url IS UNIQUE
DROP INDEX Name_key
DROP CONSTRAINT Company_id_unique
CREATE VECTOR INDEX v FOR (n:Company) ON n.e
CREATE FULLTEXT INDEX f FOR (n:Company) ON EACH [n.name]
CREATE LOOKUP INDEX FOR (n) ON EACH labels(n)
CREATE RANGE INDEX FOR ()-[r:R]-() ON (r.x)
ALTER CURRENT GRAPH TYPE SET {}
""",
    "procedures": r"""
CALL apoc.create.node(['H'],{})
CALL apoc.cypher.doIt('CREATE (:H)',{})
CALL apoc.cypher.run('MATCH (n) RETURN n',{}) YIELD value RETURN value
CALL apoc.periodic.iterate('MATCH (n) RETURN n','DELETE n',{})
CALL apoc.load.json('http://127.0.0.1:9/x')
CALL apoc.export.csv.all('x.csv',{})
CALL apoc.trigger.add('a','CREATE (:H)',{})
CALL gds.graph.project('g','*','*')
CALL algo.pagerank()
CALL db.createLabel('H')
CALL db.index.fulltext.createNodeIndex('b',['Company'],['name'])
CALL db.resampleIndex('Name_key')
CALL db.awaitIndexes(100)
CALL db.clearQueryCaches()
CALL db.stats.collect('QUERIES')
CALL tx.setMetaData({a:1})
CALL db.create.setNodeVectorProperty(1,'a',[1.0])
CALL db.ping()
CALL db.info()
""",
    "functions": r"""
RETURN apoc.cypher.runFirstColumnSingle('CREATE (:H)',{})
RETURN apoc.util.sleep(1000)
RETURN apoc.load.x('http://a')
RETURN linenumber()
RETURN file()
RETURN custom.f(1)
RETURN graph.names()
RETURN graph.byName('x')
RETURN system.exec('ls')
RETURN apoc.version()
RETURN java.lang.Runtime.getRuntime()
RETURN `apoc.version`()
RETURN `apoc`.`version`()
RETURN sleep(5)
RETURN eval('1')
""",
    "dbms": r"""
CALL dbms.listConfig()
CALL dbms.killConnection('bolt-1')
CALL dbms.listConnections()
CALL dbms.queryJmx('*:*')
CALL dbms.components()
CALL dbms.security.createUser('m','hacked-pass',false)
CALL dbms.showCurrentUser()
CALL dbms.setConfigValue('a','b')
CALL dbms.shutdown()
CALL dbms.cluster.overview()
CALL dbms.info()
CALL dbms.upgrade()
""",
    "load csv": r"""
LOAD CSV FROM 'file:///etc/passwd' AS r RETURN r
LOAD CSV WITH HEADERS FROM 'http://127.0.0.1:9/x' AS r CREATE (:H)
RETURN EXISTS { LOAD CSV FROM 'file:///etc/passwd' AS r RETURN r }
RETURN COLLECT { LOAD CSV FROM 'http://127.0.0.1:9' AS r RETURN r }
MATCH (n) LOAD CSV FROM n.url AS r RETURN r
LOAD CSV FROM $u AS r FIELDTERMINATOR ';' RETURN r
CALL { LOAD CSV FROM 'file:///etc/hosts' AS r RETURN r } RETURN r
""",
    "users": r"""
CREATE USER m SET PASSWORD 'hacked-pass'
ALTER CURRENT USER SET PASSWORD FROM 'a' TO 'b'
DROP USER neo4j
GRANT ROLE admin TO reader
DENY TRAVERSE ON GRAPH * TO r
REVOKE ROLE a FROM b
RENAME USER a TO b
CREATE ROLE r
ALTER USER neo4j SET STATUS SUSPENDED
""",
    "admin": r"""
CREATE DATABASE h
DROP DATABASE neo4j
STOP DATABASE neo4j
START DATABASE neo4j
ALTER DATABASE neo4j SET ACCESS READ ONLY
CREATE ALIAS a FOR DATABASE neo4j
ENABLE SERVER 'x'
REALLOCATE DATABASES
DRYRUN REALLOCATE DATABASES
DEALLOCATE DATABASES FROM SERVER 'x'
ALTER DATABASE `enmusubi` `arcadedb.command.timeout` 1
""",
    "show": r"""
SHOW USERS
SHOW SETTINGS
SHOW TRANSACTIONS
SHOW DATABASES
SHOW PROCEDURES
SHOW FUNCTIONS
SHOW INDEXES
SHOW CONSTRAINTS
SHOW PRIVILEGES
SHOW CURRENT USER
SHOW TRANSACTIONS YIELD * RETURN *
SHOW SETTINGS YIELD name, value WHERE name CONTAINS 'dir' RETURN value
SHOW SUPPORTED PRIVILEGES
SHOW HOME DATABASE
""",
    "terminate": r"""
TERMINATE TRANSACTION 'neo4j-transaction-1'
TERMINATE TRANSACTIONS 'a','b'
SHOW TRANSACTIONS YIELD transactionId AS t TERMINATE TRANSACTIONS t
""",
    "statements": r"""
MATCH (n) RETURN n; CREATE (:H)
RETURN 1; RETURN 2
RETURN 1;;CREATE (:H)
; CREATE (:H)
:begin RETURN 1
:param x => 1
RETURN 1 NEXT RETURN 2
RETURN 1 NEXT CREATE (:H)
""",
    "use": r"""
USE system SHOW USERS
USE neo4j MATCH (n) RETURN n
USE graph.byName('neo4j') MATCH (n) RETURN n
CALL { USE neo4j MATCH (n) RETURN n } RETURN n
USE `system` CREATE USER m SET PASSWORD 'hacked-pass'
""",
    "prefix": r"""
EXPLAIN MATCH (n) RETURN n
PROFILE MATCH (n) RETURN n
CYPHER 5 MATCH (n) RETURN n
CYPHER 25 CREATE (:H)
CYPHER runtime=pipelined MATCH (n) RETURN n
EXPLAIN CREATE USER m SET PASSWORD 'hacked-pass'
PROFILE CREATE (:H)
CYPHER EXPLAIN CREATE (:H)
EXPLAIN PROFILE CREATE (:H)
CYPHER 5 planner=cost EXPLAIN DROP INDEX Name_key
USING PERIODIC COMMIT 10 LOAD CSV FROM 'file:///x' AS r CREATE (:H)
""",
    "call subquery": r"""
CALL { CREATE (:H) } RETURN 1
CALL () { CREATE (:H) RETURN 1 AS x } RETURN x
MATCH (n) CALL (n) { SET n.x=1 }
MATCH (n) CALL (*) { DETACH DELETE n }
CALL { CALL { MERGE (:H) } RETURN 1 AS x } RETURN x
OPTIONAL CALL () { CREATE (:H) } RETURN 1
CALL { RETURN 1 AS x UNION CREATE (:H) RETURN 2 AS x } RETURN x
""",
    "in transactions": r"""
CALL { MATCH (n) DELETE n } IN TRANSACTIONS
MATCH (n) CALL (n) { RETURN 1 AS x } IN TRANSACTIONS OF 1 ROW RETURN x
CALL { RETURN 1 AS x } IN 4 CONCURRENT TRANSACTIONS RETURN x
UNWIND [1] AS i CALL (i) { CREATE (:H) } IN TRANSACTIONS ON ERROR CONTINUE REPORT STATUS AS s RETURN s
""",
    "expression subquery": r"""
RETURN EXISTS { CREATE (:H) }
RETURN COUNT { MERGE (:H) RETURN 1 }
RETURN COLLECT { CREATE (a:H) RETURN a }
MATCH (n) WHERE EXISTS { (n) SET n.x=1 } RETURN n
MATCH (n WHERE COUNT { DELETE n } > 0) RETURN n
RETURN [x IN COLLECT { CREATE (a:H) RETURN a } | x]
MATCH (n) RETURN n ORDER BY EXISTS { REMOVE n.x }
RETURN {a: COUNT { CREATE (:H) }}
""",
    "transaction control": r"""
BEGIN
COMMIT
ROLLBACK
START TRANSACTION
BEGIN CREATE (:H) COMMIT
COMMIT TRANSACTION
SESSION SET GRAPH x
SESSION CLOSE
RETURN 1 COMMIT
MATCH (n) DELETE n COMMIT
""",
    "comments": r"""
/* a /* b */ CREATE (:H) */
/* x /*/ EXPLAIN /* */ CREATE (:H)
RETURN 1 /* */ CREATE /* */ (:H)
/**/CREATE/**/(:H)
MATCH (n) RETURN n /* CREATE
RETURN '/*' CREATE (:H) RETURN '*/'
/*\u002a/ CREATE (:H) /**/
""",
    "escapes": r"""
\u0043REATE (:H)
MATCH (n) \u0053ET n.x=1
\u0043\u0052\u0045\u0041\u0054\u0045 (:H)
MATCH (n) DETACH\u0020DELETE n
RETURN 1\u003bCREATE (:H)
\uuu0043REATE (:H)
\U00000043REATE (:H)
CR\u0045ATE (:H)
// \u000aCREATE (:H)
""",
    "look-alikes": r"""
ＣＲＥＡＴＥ (:H)
СREATE (:H)
CRЕATE (:H)
MATCH (n) ＳＥＴ n.x=1
MATCH (n) DELETᎬ n
MATCH (n) ﬆ n
ᴄʀᴇᴀᴛᴇ (:H)
MATCH (n) ſET n.x=1
MATCH (n) ſet n.x=1
CʀEATE (:H)
MATCH (n) REMOVE n．name
CREATE（:H）
MATCH (n) DELETEㅤn
""",
    "zero-width": r"""
MATCH (n) DE͏LETE n
""",
    "whitespace": r"""
""",
    "backticks": r"""
CALL `apoc`.`cypher`.`doIt`('CREATE (:H)',{})
CALL `db.createLabel`('H')
CALL db.`createLabel`('H')
CREATE (:`H`)
MATCH (`n`) DELETE `n`
MATCH (n:`x``y`) SET `n`.`a`=1
RETURN `apoc`.version()
CALL `db` . `labels` . x()
RETURN `date`()
CALL `dbms`.`components`()
""",
    "sql": r"""
SELECT FROM Company
DELETE FROM Company
INSERT INTO H SET a=1
UPDATE Company SET name='x'
CREATE VERTEX TYPE H
DROP TYPE Company UNSAFE
TRUNCATE TYPE Company
ALTER TYPE Company NAME H
IMPORT DATABASE file:///x
BACKUP DATABASE
CREATE PROPERTY Company.x STRING
REBUILD INDEX *
{sql} DELETE FROM Company
sql:SELECT 1
db.labels DELETE FROM Company
CREATE (:H) // db.labels()
MATCH (n) DETACH DELETE n /* db.labels */
MATCH (n) SET n.x='db.labels'
CREATE (:H {a:'CALL db.labels()'})
CALL db.labels() YIELD label DETACH DELETE label
DEFINE FUNCTION f "return 1" LANGUAGE js
js: java.lang.System.exit(0)
java.lang.Runtime.getRuntime().exec('ls')
g.V().drop()
MATCH {type: Company} RETURN 1
""",
    "gql": r"""
MATCH (n) RETURN n INTO x
FOR x IN [1] CREATE (:H)
MATCH (n) FILTER true SET n.x=1
LET x=1 CREATE (:H)
MATCH (n) FINISH CREATE (:H)
WHEN true THEN CREATE (:H)
SEARCH n CREATE (:H)
RETURN ALL 1 CREATE (:H)
OPEN GRAPH x
CREATE GRAPH TYPE t {}
CREATE SCHEMA /x
""",
    "names as keywords": r"""
MATCH (set) WITH set SET set.x=1
MATCH (where) WITH where DELETE where
WITH 1 AS create CREATE (:H)
MATCH (n) RETURN n AS delete DELETE n
MATCH (as) WITH as SET as.x=1
UNWIND [1] AS merge MERGE (:H)
MATCH (call) CALL apoc.x()
MATCH (not) WITH not REMOVE not.x
""",
}
_ODD = (
    "MATCH (n) RETURN n;\nMATCH (n) DETACH DELETE n;",
    "// a\nCREATE (:H)",
    "RETURN 1 // c\rCREATE (:H)",
    "-- c\nCREATE (:H)",
    "# c\nCREATE (:H)",
    "CRE\u200bATE (:H)",
    "\ufeffCREATE (:H)",
    "C\xadREATE (:H)",
    "MATCH (n) S\u2060ET n.x=1",
    "MATCH (n) SET\u200bn.x=1",
    "\u200eCREATE (:H)",
    "CREATE\u2063(:H)",
    "\u202eCREATE (:H)",
    "CREATE\xa0(:H)",
    "CREATE\u3000(:H)",
    "MATCH (n)\u2028SET\u2029n.x=1",
    "MATCH (n)\x0bDELETE\x0cn",
    "CREATE\x85(:H)",
    "MATCH (n)\x1cDELETE\x1dn",
    "\u1680CREATE\u1680(:H)",
    "MATCH (n) DETACH\n\n\r\tDELETE\t n",
    "CREATE\u180e(:H)",
    "CREATE\x00(:H)",
)
SEEDS = {name: [line for line in block.split("\n") if line] for name, block in _BY_CLASS.items()} | {
    "odd characters": [*_ODD]
}
_SPACES = (" ", "\t", "\n", "\r\n", "\u00a0", "\u3000", "\u2003", " /* x */ ", "/**/", " // y\n", "\x0b", "\x0c", "\u2028")  # fmt: skip
_BEFORE = ("EXPLAIN ", "PROFILE ", "CYPHER 5 ", "/* a */ ", "// b\n", "RETURN 1; ", "RETURN 1 UNION ", "MATCH (z) ", "USE neo4j ")  # fmt: skip
_BEHIND = (";", " RETURN 1", "; RETURN 1", " /* db.labels */", " // x", " UNION RETURN 1", " FINISH")


def disguised(text: str, chance: random.Random) -> Iterator[str]:
    """The statement in other white space, case and letters, behind or before something, and inside a subquery."""
    yield "".join(chance.choice(_SPACES) if char == " " and chance.random() < 0.6 else char for char in text)
    yield "".join(char.upper() if chance.random() < 0.5 else char.lower() for char in text)
    at = chance.choice([place for place, char in enumerate(text) if char.isascii() and char.isalpha()][:12])
    yield f"{text[:at]}\\u{ord(text[at]):04x}{text[at + 1 :]}"
    yield f"{text[:at]}{chr(ord(text[at]) + 0xFEE0)}{text[at + 1 :]}"
    yield text[:at] + chance.choice("\u200b\u200d\u2060\ufeff\u00ad") + text[at:]
    yield chance.choice(_BEFORE) + text
    yield text + chance.choice(_BEHIND)
    yield f"CALL {{ {text} }} RETURN 1"
    yield f"MATCH (n) WHERE EXISTS {{ {text} }} RETURN n"
    yield f"/* '\" */{text}/* ` */"


def passes(text: str) -> bool:
    try:
        check(text)
    except GuardError:
        return False
    return True


def test_there_are_more_than_25_classes() -> None:
    assert len(SEEDS) > 25


@pytest.mark.parametrize("name", SEEDS)
def test_no_hostile_statement_passes_in_any_disguise(name: str) -> None:
    texts = [
        text for seed in SEEDS[name] for turn in range(2) for text in (seed, *disguised(seed, random.Random(turn)))
    ]
    assert [text for text in texts if passes(text)] == []
