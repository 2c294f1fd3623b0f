"""What passes as one plain read and what does not, as tables both ways and as mutations of them."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import cypher_words as words
from graph.cypher_tokens import MAX_CHARACTERS, MAX_TOKENS, SPACES, Kind, Token, tokenize
from graph.errors import GuardError
from graph.guard import check

GOLD = Path(__file__).resolve().parents[2] / "shared" / "portability" / "zograscope_train_v1.csv"


def lines(text: str) -> list[str]:
    return [line for line in text.strip().split("\n") if line]


READS = {
    "matching": r"""
MATCH (n) RETURN n
match (n) where n.name starts with 'a' return n.name as name order by name limit 1
MATCH (n:Person {name: 'Ann'})-[r:KNOWS]->(m:Person) WHERE n.age > 3 AND NOT m.age IN [1,2,3] RETURN DISTINCT n.name
OPTIONAL MATCH (n)-[:A|B|:C]-(m) RETURN *
MATCH (a)--(b)-->(c)<--(d)<-->(e) RETURN a
MATCH (a)-[]-(b)-[r]->(c)<-[:X]-(d)<-[q:Y {k: 1}]->(e) RETURN a
MATCH (n:Person WHERE n.age > 3)-[r:KNOWS WHERE r.since < 2000]->(m) RETURN m
MATCH (WHERE true)-[WHERE 1 = 1]->() RETURN 1
MATCH (a), (b) WHERE a <> b AND NOT (a)-[:R]-(b) RETURN a, b
MATCH p = (a)-->(b), q = (c)-->(d) RETURN p, q
MATCH (n {x: $x, y: [1, 2], z: {w: null}}) RETURN n
MATCH (n)-->(:B)<--({x: 1})--() RETURN n
MATCH (n) MATCH (m) OPTIONAL MATCH (n)-->(m) WHERE m.x IS NULL RETURN n, m
""",
    "paths of many lengths": r"""
MATCH (a)-[r:R*]-(b), (a)-[*2]-(c), (a)-[:R*..3 {x: 1}]->(d), (a)-[r*0..]->(e), (a)-[*1..]->(f) RETURN a
MATCH p = (a)-[*..4]->(b) RETURN length(p), nodes(p), relationships(p)
MATCH (a)-[:A|B*1..3]->(b) RETURN DISTINCT b
MATCH p = shortestPath((a:A)-[:R*..5]-(b:B)) RETURN p
MATCH p = allShortestPaths((a)-[*]-(b)) RETURN length(p)
MATCH (a), (b) RETURN shortestPath((a)-[*]-(b)) AS p
MATCH p = SHORTEST 2 (a)-->+(b) RETURN p
MATCH p = ANY SHORTEST (a)-[:R]-+(b) RETURN p
MATCH p = ALL SHORTEST PATHS (a)-[:R]-+(b) RETURN p
MATCH SHORTEST 2 GROUPS (a)--+(b) RETURN a
MATCH ANY 3 (a)--+(b) RETURN a
MATCH SHORTEST $k PATHS (a)-->+(b) RETURN a
MATCH p = WALK (a)-->{1,2}(b) RETURN p
MATCH DIFFERENT RELATIONSHIPS (a)-->(b), (c)-->(d) RETURN a
MATCH REPEATABLE ELEMENT BINDINGS (a)-->{1,2}(b) RETURN a
MATCH p = ((a:A)-[:R]->(b:B)){1,3} RETURN p
MATCH (x) ((a)-[r]->(b) WHERE a.x < b.x){2} (y) RETURN y
MATCH (x)((a)-->(b))*(y) RETURN x
MATCH ((a)-->(b))+ RETURN a
MATCH ((a)-->(b))+ WHERE a[0].x = 1 RETURN a
MATCH ((a)-->(b))* MATCH (c) RETURN a, c
MATCH (p = (a)-->(b) WHERE a.x = 1) RETURN a
MATCH (s)-->+(t) RETURN t
MATCH (s)-[:R]->*(t:T) RETURN t
MATCH (s)-[:R]->{1,}(t:T) RETURN t
MATCH (s)<-[:R]-{,4}(t) RETURN t
""",
    "labels and types": r"""
MATCH (n:A:B:C) RETURN n
MATCH (n:A|B&!C) RETURN n
MATCH (n:(A|B)&C) RETURN n
MATCH (n:A|(B&C)) RETURN n
MATCH (n:!(A|B)) RETURN n
MATCH (n:%) RETURN n
MATCH (n:!%) RETURN n
MATCH (n:A|%)-[:!R|S]->() RETURN n
MATCH (n IS Person) RETURN n
MATCH (n:$($label)) RETURN n
MATCH (n:$all(['A', 'B'])|$any($labels)) RETURN n
MATCH (n) WHERE n:Person OR n:Company|Bank RETURN n
MATCH (n) WHERE n IS Person AND n.x = 1 RETURN n
MATCH (n)-[r]->() WHERE r:KNOWS|LIKES RETURN type(r)
MATCH (n) RETURN n:Person AS person
MATCH (n) WHERE n.x IS :: INTEGER RETURN n
MATCH (n) WHERE n.x IS NOT :: LIST<STRING NOT NULL> NOT NULL RETURN n
MATCH (n) WHERE n.x IS TYPED INTEGER | STRING RETURN n
MATCH (n) WHERE n.x :: INTEGER! RETURN n
MATCH (n) WHERE n.x IS :: ZONED DATETIME OR n.x IS :: TIME WITH TIME ZONE OR n.x IS :: TIMESTAMP WITHOUT TIMEZONE RETURN n
MATCH (n) WHERE n.x IS :: ANY<INTEGER | LIST<STRING>> RETURN n
MATCH (n) WHERE n.x IS NORMALIZED AND n.y IS NOT NFC NORMALIZED RETURN n
""",
    "subqueries": r"""
MATCH (n) WHERE EXISTS { (n)-->(:X) } RETURN n
MATCH (n) WHERE EXISTS { MATCH (n)-->(m:X) WHERE m.a = 1 RETURN m } RETURN n
MATCH (n) WHERE NOT EXISTS { p = (n)-->(m), (m)-->(q) WHERE m.x = 1 } RETURN n
RETURN EXISTS { MATCH (n) RETURN n UNION MATCH (m) RETURN m } AS any
MATCH (n) RETURN COUNT { (n)--() } AS degree
MATCH (n) WHERE COUNT { MATCH (n)-->(m) WHERE EXISTS { (m)-->() } RETURN m } > 2 RETURN n
MATCH (n) RETURN COLLECT { MATCH (n)-->(m) RETURN m.name ORDER BY m.name LIMIT 3 } AS names
MATCH (n) CALL (n) { MATCH (n)-->(m) RETURN count(m) AS c } RETURN n, c
MATCH (n), (m) CALL (n, m) { RETURN n.x + m.x AS s } RETURN s
MATCH (n) CALL { WITH n MATCH (n)-->(m) RETURN count(m) AS c } RETURN n, c
MATCH (n) OPTIONAL CALL (n) { MATCH (n)-->(m) RETURN m } RETURN n, m
CALL { RETURN 1 AS x UNION ALL RETURN 2 AS x } RETURN x
CALL () { RETURN 1 AS x } RETURN x
UNWIND [1] AS x CALL (*) { RETURN x + 1 AS y } RETURN y
CALL { CALL { MATCH (n) RETURN n } RETURN n.x AS x } RETURN x
""",
    "projections and lists": r"""
MATCH (n) RETURN n {.name, .age, k: n.x, m} AS map
MATCH (n) RETURN n {.*} AS map, n {}
MATCH (n) RETURN n {.*, extra: [(n)-->(m) | m {.name}]} AS map
MATCH (n) RETURN [(n)-[:R]->(m) WHERE m.x = 1 | m.name] AS l
MATCH (n) RETURN [p = (n)-->(m) | length(p)] AS l
RETURN [x IN range(1, 10) WHERE x % 2 = 0 | x ^ 2] AS l
RETURN [x IN [1, 2, 3] | x * 2][0] AS l, [x IN [1]] AS m
RETURN [1, 2][..-1], [1, 2, 3][1..2], [1, 2][1..], [1][..], [[1], [2]][0][0]
MATCH p = (a)-[*]->(b) RETURN [n IN nodes(p) WHERE n:Person | n.name]
MATCH p = (a)-[*]->(b) RETURN [n IN nodes(p) WHERE n:Person | {name: n.name}]
MATCH p = (a)-[*]->(b) RETURN [n IN nodes(p) WHERE n:Person | toUpper(n.name)]
RETURN reduce(total = 0, x IN [1, 2, 3] | total + x) AS s
MATCH p = (a)-[*]->(b) WHERE all(n IN nodes(p) WHERE n.x = 1) AND none(n IN nodes(p) WHERE n.z) RETURN p
MATCH p = (a)-[*]->(b) WHERE any(r IN relationships(p) WHERE r.y) AND single(n IN nodes(p) WHERE n.q) RETURN p
RETURN {a: 1, `b c`: [1, 'x', {k: []}]} AS m, {} AS e, [] AS l
WITH {a: {b: [1]}} AS m RETURN m.a.b[0], m['a'].b
MATCH (n) WHERE n["na" + "me"] = 1 RETURN n["x"]
RETURN allReduce(total = 0, x IN [1, 2] | total + x, total < 5) AS ok
""",
    "conditions": r"""
RETURN CASE WHEN 1 > 2 THEN 'a' ELSE 'b' END AS c
MATCH (n) RETURN CASE n.x WHEN 1 THEN 'a' WHEN 2, 3 THEN 'b' END AS c
MATCH (n) RETURN CASE n.x WHEN > 5 THEN 'c' WHEN IS NULL THEN 'd' WHEN STARTS WITH 'x', IN [1] THEN 'e' ELSE 0 END AS c
RETURN CASE WHEN true THEN CASE 1 WHEN 1 THEN CASE WHEN false THEN 0 END END END AS c
MATCH (n) RETURN CASE WHEN n:Person THEN n.x ELSE -1 END + 1 AS y ORDER BY CASE WHEN n.x IS NULL THEN 1 ELSE 0 END
MATCH (n) WHERE n.name STARTS WITH 'a' OR n.name ENDS WITH "b" XOR n.name CONTAINS 'c' RETURN n
MATCH (n) WHERE n.name =~ '(?i).*x.*' RETURN n
MATCH (n) WHERE (n.a OR n.b) AND (NOT n.c) AND NOT NOT n.d RETURN n
MATCH (n) WHERE 1 < n.x <= 3 AND n.y <> 2 AND n.z >= 1 RETURN n
MATCH (n) WHERE n.x = (CASE WHEN n.y THEN 1 ELSE 2 END) RETURN n
MATCH (n) WHERE exists((n)-->(:X)) OR (n)-->(:Y) OR NOT (n)<--() RETURN n
MATCH (n) WHERE n.x IS NOT NULL AND n.y IS NULL AND NOT n.z IN $list RETURN n
MATCH (n) WHERE NOT (n.x = 1) AND NOT(n.y = 2) RETURN n
""",
    "clauses in a row": r"""
RETURN 1
RETURN 1;
RETURN 1 AS x UNION RETURN 2 AS x UNION ALL RETURN 3 AS x UNION DISTINCT RETURN 4 AS x
UNWIND [1, 2, 3] AS x WITH x WHERE x > 1 RETURN sum(x)
UNWIND $rows AS row MATCH (n {id: row.id}) RETURN n
UNWIND range(1, 3) AS i UNWIND [i] AS j RETURN i * j
MATCH (n) WITH *, n.x AS y RETURN *
MATCH (n) WITH DISTINCT n.x AS x, collect(DISTINCT n) AS ns ORDER BY x SKIP 1 LIMIT 5 WHERE x > 1 RETURN x, size(ns)
MATCH (n) RETURN DISTINCT (n.x) AS x
MATCH (n) RETURN n.a AS a, count(*) AS c ORDER BY c DESC, a ASC SKIP 2 LIMIT 10
MATCH (n) RETURN n ORDER BY n.name ASCENDING, n.age DESCENDING OFFSET 3 LIMIT toInteger($k)
MATCH (n) RETURN n LIMIT $limit
MATCH (n) ORDER BY n.x LIMIT 3 RETURN n
MATCH (n) FILTER n.x > 3 RETURN n
MATCH (n) FILTER WHERE n.x > 3 RETURN n
MATCH (n) LET a = n.x, b = 2 RETURN a + b
MATCH (n) FINISH
MATCH (n) RETURN all(x IN n.l WHERE x > 0) AS a, count(ALL n.x) AS b
""",
    "values and functions": r"""
RETURN -1, +2, - -3, 0x1F, 0o17, 1e10, 1.5E-3, .5, 1_000, NOT true, NOT NOT false, null
RETURN 1 + 2 * 3 / 4 % 5 ^ 6 - 7 AS x, 'a' || 'b', 1 <> 2, 1 <= 2, 2 >= 1
RETURN $p.x[0].y, $`odd name`, $0, $パラメータ
RETURN inf, nan, infinity
RETURN trim(BOTH 'x' FROM 'xax'), trim('  a '), trim(LEADING FROM ' a'), trim(TRAILING 'x' FROM $s), trim($s)
RETURN normalize('a', NFC), btrim(' a '), ltrim('a'), replace('a', 'b', 'c'), split('a,b', ','), left('abc', 2)
RETURN coalesce(null, 1), head([1]), last([1]), tail([1, 2]), size('abc'), toString(1), toInteger('1'), toFloatOrNull('1')
MATCH (n) RETURN labels(n), keys(n), properties(n), elementId(n), id(n), valueType(n.x), isEmpty(n.l)
MATCH (a)-[r]->(b) RETURN type(r), startNode(r), endNode(r)
MATCH (n) RETURN percentileCont(n.x, 0.5), stDev(n.x), avg(n.x), min(n.x), max(n.x), sum(n.x), collect(n.x)[..3]
RETURN vector.similarity.cosine([1.0, 2.0], [2.0, 3.0]), vector.similarity.euclidean($a, $b)
RETURN vector([1, 2, 3], 3, FLOAT32), vector_distance($a, $b, COSINE), vector_norm($a, EUCLIDEAN)
RETURN coll.sort([2, 1]), string.join(['a'], ','), uuid()
WITH point({latitude: 35.6, longitude: 139.7}) AS p MATCH (n) WHERE point.distance(n.loc, p) < 1000 RETURN n
MATCH (n) WHERE point.withinBBox(n.loc, point({x: 0, y: 0}), point({x: 1, y: 1})) RETURN n.loc.x
WITH date('2020-01-01') AS d RETURN d.year, date.truncate('month', d), duration.between(d, date())
RETURN date() + duration({days: 3}), duration.inDays(date(), date('2020-02-03')).days, datetime.fromepoch(1, 2)
RETURN date({year: 2020, month: 1}), time.truncate('hour', time()), localdatetime.transaction(), datetime('2020')
RETURN toUpper (  'a'  ), TOUPPER('a'), Date.Truncate('day', date())
RETURN abs(-1), round(2.5), sqrt(4), log10(10), pi(), e(), rand(), atan2(1, 2), haversin(1), degrees(1)
""",
    "procedures": r"""
CALL db.labels()
CALL db.labels() YIELD label RETURN label ORDER BY label
CALL db.labels YIELD label AS l WHERE l STARTS WITH 'A' RETURN l
CALL db.relationshipTypes()
CALL db.propertyKeys() YIELD *
CALL db.schema.visualization()
CALL db.schema.nodeTypeProperties() YIELD nodeType, propertyName RETURN *
CALL db.index.fulltext.queryNodes('idx', $q, {limit: 10}) YIELD node, score RETURN node.name, score ORDER BY score DESC LIMIT 3
CALL db.index.fulltext.queryNodes("Company[name]", 'a*') YIELD node AS n, score WHERE score > 1 MATCH (n)-->(m) RETURN m
MATCH (n) CALL db.index.vector.queryNodes('v', 5, n.embedding) YIELD node RETURN node
OPTIONAL CALL db.labels() YIELD label RETURN label
call DB.LABELS()
""",
    "names that are words of Cypher": r"""
MATCH (n) RETURN n.set, n.create, n.delete, n.merge AS delete
MATCH (n:Set {create: 1, delete: 2})-[:CREATE|DELETE|MERGE]->(set:Create) RETURN set.x, set
MATCH (set)-[delete:SET]->(create) WHERE set.x = create.y AND delete.z = 3 RETURN set, delete, create
MATCH (n) WITH n AS load, n.x AS set RETURN load.name, set ORDER BY load.name
MATCH (n {set: $set, create: $create}) RETURN $delete AS detach
RETURN {set: 1, create: {merge: 2}, Load: 3, call: 4} AS delete
MATCH (n) RETURN n {.set, .create, drop: n.drop} AS call
MATCH set = (a)-->(b) RETURN length(set)
MATCH (use:Use)-[show:SHOW]->(remove:Remove|Merge&!Drop) WHERE use.x = 1 RETURN show, remove
UNWIND [1, 2] AS create RETURN create
UNWIND [1, 2] AS create WITH create.x AS set, create AS y RETURN set, y
MATCH (start)-[:NEXT*]->(end) WHERE start <> end RETURN start, end ORDER BY end.name LIMIT 3
MATCH (start)-->(end) WITH start ORDER BY start LIMIT 1 RETURN start AS stop
MATCH (order:Order) RETURN order ORDER BY order DESC LIMIT 5
MATCH (n) RETURN count(n) AS count ORDER BY count DESC
MATCH (match)-->(return) RETURN match, return
MATCH (distinct) RETURN distinct.x
MATCH (in)-[is:IS]->(not) RETURN in, is, not
MATCH (case:Case)-->(when) RETURN case.end, when.then
MATCH (limit)-->(skip) RETURN limit, skip ORDER BY limit.x SKIP 1 LIMIT 2
MATCH (n:Load:Csv)-[:FOREACH]->(:Drop) RETURN n.explain, n.profile, n.cypher
MATCH (n) WHERE n.set IS NULL AND n.delete.create IS NOT NULL RETURN n.remove
MATCH (n) RETURN size(n.set) AS create, [set IN n.list | set.x] AS l
MATCH (n) WHERE any(delete IN n.l WHERE delete = 1) RETURN n
MATCH (n) RETURN count(DISTINCT n.create) AS set, max(n.drop) AS drop
MATCH (n) WHERE n:Set OR n:Create|Merge RETURN n
MATCH (n:`Set`)-[:`CREATE`]->(`delete`) RETURN `delete`.`set` AS `merge`
CALL db.labels() YIELD label AS create RETURN create
MATCH (a) CALL (a) { RETURN a.x AS set } RETURN set
RETURN exists { match (delete:Delete) return delete } as merge
""",
    "Japanese and quoted names": r"""
MATCH (会社:企業 {名称: '株式会社'})-[:所在地]->(県:都道府県) WHERE 県.名称 = "東京都" RETURN 会社.名称 AS 会社名
MATCH (ﾃｽﾄ:データー々〇) RETURN ﾃｽﾄ.件数
MATCH (が:ゕ) RETURN が
MATCH (élève:Étudiant)-[:ÄHNLICH]->(ß:Ñandú) RETURN élève.prénom, ß
MATCH (n:`My Label` {`a key`: 1}) RETURN n.`weird name` AS `x y`
MATCH (n:`a``b`) RETURN n.`c``; CREATE (n)`
MATCH (n) RETURN `n`.`set` AS `DELETE n`
MATCH (n)　WHERE　n.x = '　'　RETURN　n
MATCH (a)－－＞(b) RETURN a
MATCH (a)＜‐[:R]–(b) RETURN a
MATCH (a)—[:R]→(b) RETURN a
MATCH (𠮷) RETURN 𠮷
MATCH (n:`𠮷野家`) RETURN n
""",
    "strings and comments": r"""
MATCH (n) /* CREATE (m) */ RETURN n // DELETE n
MATCH (n) /** SET n.x = 1 **/ RETURN n
/* read */ // all
MATCH (n)/**/RETURN/***/n
MATCH (n) RETURN n // 'unclosed
MATCH (n) RETURN 'SET n.x = 1; CREATE (n)' AS s
MATCH (n) RETURN "it's \"quoted\" \\" AS s, 'a\'b', '\n\t\u00e9\\u0027', "// no comment", '/* no comment */'
MATCH (n) WHERE n.url = 'https://example.org/a?b=c#d' RETURN n
MATCH (n) WHERE n.x CONTAINS "'; DROP DATABASE neo4j; --" RETURN n
MATCH (n) RETURN n.`a'b`, "a`b", 'a"b'
M\u0041TCH (n) RETURN \u006E.x, '\u3042'
MATCH (n) RETURN 1 /* one */ ; // end
RETURN 4 / 2, 4 / /* two */ 2
""",
}
# These three look like reads to people, but no engine takes the characters.
UNREADABLE = ["MATCH (a)—[:R]→(b) RETURN a", "MATCH (𠮷) RETURN 𠮷", "/* read */ // all"]
LEGITIMATE = [query for block in READS.values() for query in lines(block) if query not in UNREADABLE]
LEGITIMATE += [
    "MATCH (n)\nWHERE n.x = 1\r\nRETURN n\n  // done\n",
    "\n\t MATCH\t(n)\fRETURN\vn\u00a0",
    "MATCH (n) RETURN 'line one\nline two'",
    "// first line\nMATCH (n) RETURN n",
    "/* a\n * b\n */\nMATCH (n) RETURN n",
    "MATCH\u2003(n)\u205fRETURN\u2028n",
    "// one\r// two\rRETURN 1",
]

WRITES = {
    "write clauses": r"""
CREATE (n)
CREATE (n:Person {name: 'x'}) RETURN n
MATCH (n) CREATE (m) RETURN m
MATCH (n) SET n.x = 1
MATCH (n) SET n.x = 1 RETURN n
MATCH (n) SET n += {x: 1}
MATCH (n) SET n = $props
MATCH (n) SET n:Label
MATCH (n) SET n IS Label
MATCH (n) SET n[$key] = 1
MATCH (n) SET (n).x = 1
MATCH (n) SET (CASE WHEN true THEN n END).x = 1
MATCH (n) SET {a: n}.a.x = 1
MATCH (n) REMOVE n.x
MATCH (n) REMOVE n:Label
MATCH (n) DELETE n
MATCH (n) DETACH DELETE n
MATCH (n) NODETACH DELETE n
MATCH (n) DELETE [n][0]
MATCH (n) DELETE (n)
MERGE (n:Person {id: 1})
MERGE (n:Person {id: 1}) ON CREATE SET n.x = 1 ON MATCH SET n.y = 2 RETURN n
MATCH (n) MERGE (n)-[:R]->(m) RETURN m
INSERT (n:Person)
MATCH (n) INSERT (n)-[:R]->(:B)
FOREACH (x IN [1] | CREATE (n))
MATCH (n) FOREACH (x IN [n] | SET x.y = 1)
UNWIND [1, 2] AS x CREATE (n {x: x})
UNWIND [1] AS x FOREACH (y IN [x] | CREATE (n))
UNWIND [1] AS x MERGE (n {x: x}) RETURN n
WITH 1 AS x CREATE (n)
WITH 1 AS x SET x.y = 1
WITH 1 AS x WHERE x = 1 DELETE x
MATCH (n) WHERE n.x = 1 DELETE n
MATCH (n) WHERE n:Person SET n.x = 1
MATCH (n) WHERE n:Person|Bank REMOVE n.x
MATCH (n) WHERE n.x IS NULL SET n.x = 1
MATCH (n) WHERE n.x IS NOT NULL DETACH DELETE n
MATCH (n) WHERE n.x IS :: INTEGER SET n.x = 1
MATCH (n) WHERE n.x IS :: LIST<INTEGER> SET n.x = 1
MATCH (n) WHERE n.x IS :: INTEGER! SET n.x = 1
MATCH (n) WHERE n:% DELETE n
MATCH (n) RETURN n SET n.x = 1
MATCH (n) RETURN * DELETE n
MATCH (n) RETURN n ORDER BY n.x DELETE n
MATCH (n) RETURN n LIMIT 1 DELETE n
MATCH (n) WITH n LIMIT 1 DELETE n
MATCH (n) WITH * SET n.x = 1
MATCH (n) WITH DISTINCT n SET n.x = 1
MATCH (n) WITH n AS m SET m.x = 1
MATCH (n) WITH n AS `m` SET `m`.x = 1
MATCH (n) WITH n ORDER BY n.x DESC SET n.x = 1
MATCH ((a)-->(b))+ SET a.x = 1
MATCH ((a)-->(b))* DELETE a
MATCH ((a)-->(b)){1,2} SET a.x = 1
MATCH p = shortestPath((a)-[*]-(b)) DELETE p
MATCH (n)-[r]-(m) DELETE r
RETURN 1 UNION CREATE (n) RETURN 2
MATCH (n) RETURN n UNION ALL MATCH (m) DELETE m
RETURN CASE WHEN true THEN 1 END SET n.x = 1
MATCH (n) FILTER n.x = 1 SET n.y = 2
MATCH (n) LET a = n SET a.x = 1
MATCH (n) FINISH DELETE n
CALL db.labels() YIELD label CREATE (n {label: label})
CALL db.labels() CREATE (n)
CALL db.labels CREATE (n)
OPTIONAL MATCH (n) DELETE n
OPTIONAL CREATE (n)
MATCH (n) ON CREATE SET n.x = 1
""",
    "words that could be keywords or names": r"""
WITH distinct SET distinct.x = 1
MATCH (distinct) WITH distinct SET distinct.x = 1
MATCH (distinct) WITH distinct DELETE [distinct][0] RETURN 1
MATCH (distinct) WITH distinct DELETE -distinct RETURN 1
MATCH (distinct) WITH distinct SET {a: distinct}.a.x = 1 RETURN 1
MATCH (distinct) WITH distinct DELETE distinct AS x RETURN 1
MATCH (all) WITH all DELETE all RETURN 1
MATCH (as) WITH as SET as.x = 1
MATCH (as) WITH as DELETE as RETURN 1
MATCH (as) RETURN as AS set SET as.x = 1
MATCH (not) WITH not SET not.x = 1
MATCH (in) WITH in SET in.x = 1
MATCH (limit) WITH limit SET limit.x = 1
MATCH (where) WITH where DELETE where
MATCH (set) SET set.set = 1
MATCH (set) WITH set AS set SET set.set = set
MATCH (create) CREATE (create)-[:R]->(create)
MATCH (match) MATCH (n) SET n.match = match
MATCH (n) WITH n AS delete DELETE delete
MATCH (n) RETURN n.delete DELETE n
MATCH (n) WHERE n.x = set SET n.x = 1
MATCH (n) RETURN 1 + SET n.x = 1
MATCH (n) RETURN set (n)
MATCH (n) RETURN create {x: 1}
MATCH (n) RETURN 1 * MATCH (m) RETURN m
MATCH (n) WHERE (n.a) * AND (n.b) RETURN n
""",
    "writes in subqueries": r"""
CALL { CREATE (n) }
CALL { CREATE (n) RETURN n } RETURN n
CALL () { CREATE (n) }
MATCH (n) CALL (n) { SET n.x = 1 }
MATCH (n) CALL (*) { DELETE n }
MATCH (n) CALL { WITH n SET n.x = 1 }
MATCH (n) CALL { WITH n DETACH DELETE n } RETURN 1
MATCH (n) OPTIONAL CALL (n) { CREATE (m) RETURN m } RETURN m
CALL { CALL { CREATE (n) } } RETURN 1
CALL { MATCH (n) RETURN n UNION MATCH (n) SET n.x = 1 RETURN n } RETURN n
MATCH (n) WHERE EXISTS { CREATE (m) } RETURN n
MATCH (n) WHERE EXISTS { MATCH (n)-->(m) SET m.x = 1 } RETURN n
MATCH (n) WHERE EXISTS { (n)-->(m) DELETE m } RETURN n
RETURN COUNT { CREATE (n) RETURN n }
RETURN COLLECT { CREATE (n) RETURN n }
RETURN COLLECT { MATCH (n) MERGE (m) RETURN m }
RETURN [x IN [1] | COLLECT { CREATE (n) RETURN n }]
RETURN CASE WHEN EXISTS { MERGE (n) RETURN n } THEN 1 END
MATCH (n WHERE EXISTS { CREATE (m) RETURN m }) RETURN n
RETURN {a: EXISTS { CREATE (n) RETURN n }}
MATCH (n) RETURN n ORDER BY COUNT { CREATE (m) RETURN m }
UNWIND COLLECT { CREATE (n) RETURN n } AS x RETURN x
MATCH (n) CALL { WITH n SET n.x = 1 } IN TRANSACTIONS
MATCH (n) CALL (n) { RETURN 1 AS x } IN TRANSACTIONS OF 10 ROWS RETURN x
CALL { RETURN 1 AS x } IN 3 CONCURRENT TRANSACTIONS RETURN x
CALL { RETURN 1 AS x } IN TRANSACTIONS ON ERROR CONTINUE REPORT STATUS AS s RETURN s
""",
    "schema commands": r"""
CREATE INDEX FOR (n:L) ON (n.x)
CREATE INDEX i IF NOT EXISTS FOR (n:L) ON (n.x)
CREATE OR REPLACE INDEX i FOR (n:L) ON (n.x)
CREATE TEXT INDEX FOR (n:L) ON (n.x)
CREATE FULLTEXT INDEX f FOR (n:L) ON EACH [n.x]
CREATE VECTOR INDEX v FOR (n:L) ON n.x
CREATE LOOKUP INDEX FOR (n) ON EACH labels(n)
CREATE CONSTRAINT c FOR (n:L) REQUIRE n.x IS UNIQUE
DROP INDEX i
DROP CONSTRAINT c IF EXISTS
ALTER CURRENT GRAPH TYPE SET {}
SHOW INDEXES
SHOW ALL CONSTRAINTS YIELD name RETURN name
""",
    "administration": r"""
SHOW USERS
SHOW CURRENT USER
SHOW DATABASES
SHOW DEFAULT DATABASE
SHOW SETTINGS
SHOW TRANSACTIONS
SHOW FUNCTIONS
SHOW PROCEDURES YIELD name RETURN name
SHOW PRIVILEGES
SHOW ROLES
SHOW SERVERS
SHOW ALIASES FOR DATABASE
TERMINATE TRANSACTION 'neo4j-transaction-1'
TERMINATE TRANSACTIONS 'a', 'b'
SHOW TRANSACTIONS YIELD transactionId AS t TERMINATE TRANSACTIONS t
CREATE USER u SET PASSWORD 'p'
ALTER USER u SET PASSWORD 'p'
ALTER CURRENT USER SET PASSWORD FROM 'a' TO 'b'
DROP USER u
RENAME USER a TO b
CREATE ROLE r
DROP ROLE r
GRANT ROLE r TO u
GRANT ALL ON DATABASE * TO r
DENY READ {x} ON GRAPH g TO r
REVOKE ROLE r FROM u
CREATE DATABASE d
CREATE COMPOSITE DATABASE d
DROP DATABASE d
ALTER DATABASE d SET ACCESS READ ONLY
START DATABASE d
STOP DATABASE d
CREATE ALIAS a FOR DATABASE d
ENABLE SERVER 's'
DISABLE SERVER 's'
DEALLOCATE DATABASES FROM SERVER 's'
REALLOCATE DATABASES
DRYRUN REALLOCATE DATABASES
START TRANSACTION
BEGIN
COMMIT
ROLLBACK
SESSION SET $x = 1
SESSION RESET
DEFINE FUNCTION f() = 1 RETURN f()
DEFINE PROCEDURE p() { MATCH (n) DELETE n } CALL p()
""",
    "prefixes and graphs": r"""
EXPLAIN MATCH (n) RETURN n
explain CREATE (n)
PROFILE MATCH (n) RETURN n
CYPHER 5 MATCH (n) RETURN n
CYPHER 25 RETURN 1
CYPHER runtime=interpreted MATCH (n) RETURN n
CYPHER 5 EXPLAIN CREATE (n)
EXPLAIN EXPLAIN RETURN 1
USE neo4j MATCH (n) RETURN n
USE graph.byName('other') MATCH (n) RETURN n
CALL { USE system SHOW USERS }
CALL { USE other MATCH (n) RETURN n } RETURN n
USING PERIODIC COMMIT LOAD CSV FROM 'file:///x' AS l CREATE (n)
/* y */ EXPLAIN CREATE (n)
""",
    "files and networks": r"""
LOAD CSV FROM 'file:///etc/passwd' AS line RETURN line
LOAD CSV WITH HEADERS FROM 'http://127.0.0.1/' AS line RETURN line
LOAD/**/CSV FROM 'http://127.0.0.1/' AS line RETURN line
MATCH (n) LOAD CSV FROM n.url AS line RETURN line
RETURN EXISTS { LOAD CSV FROM 'http://127.0.0.1/' AS l RETURN l }
CALL { LOAD CSV FROM 'http://127.0.0.1/' AS l RETURN l } RETURN l
RETURN file(), linenumber()
RETURN linenumber()
""",
    "procedures": r"""
CALL dbms.listConfig()
CALL dbms.listConfig() YIELD name RETURN name
CALL dbms.killConnection('bolt-1')
CALL dbms.queryJmx('*:*')
CALL dbms.components()
CALL dbms.setConfigValue('a', 'b')
CALL db.clearQueryCaches()
CALL db.resampleIndex('i')
CALL db.awaitIndexes(300)
CALL db.createLabel('x')
CALL db.create.setNodeVectorProperty(n, 'x', [1.0])
CALL db.index.vector.createNodeIndex('i', 'L', 'x', 3, 'cosine')
CALL db.index.fulltext.awaitEventuallyConsistentIndexRefresh()
CALL db.stats.collect('QUERIES')
CALL db.info()
CALL db.migrateLegacyTemporals()
CALL tx.setMetaData({a: 1})
CALL apoc.cypher.run('CREATE (n)', {}) YIELD value RETURN value
CALL apoc.load.json('http://127.0.0.1/')
CALL apoc.periodic.iterate('a', 'b', {})
CALL algo.pageRank()
CALL gds.pageRank.write('g', {})
CALL merge.node(['L'], {}) YIELD node RETURN node
CALL refactor.mergeNodes([])
CALL do.when(true, 'CREATE (n)', '')
CALL meta.stats()
CALL path.expand($n, '', '', 1, 2)
CALL foo()
CALL foo
CALL labels()
CALL db()
CALL `db`.labels()
CALL `dbms`.listConfig()
CALL db.`create`.setNodeVectorProperty(n, 'x', [1.0])
CALL db.`labels`()
CALL `db.labels`()
CALL `apoc.cypher.run`('CREATE (n)')
CALL db . labels . extra ()
CALL db./* */clearQueryCaches()
CALL apoc . cypher . run('CREATE (n)', {})
CALL $name()
CALL 'db.labels'()
MATCH (n) CALL apoc.create.node(['L'], {}) YIELD node RETURN node
WITH 1 AS x CALL apoc.cypher.doIt('CREATE (n)', {}) YIELD value RETURN value
OPTIONAL CALL dbms.listConfig()
CALL { CALL dbms.listConfig() YIELD name RETURN name } RETURN name
RETURN EXISTS { CALL dbms.listConfig() YIELD name RETURN name }
""",
    "functions": r"""
RETURN apoc.cypher.runFirstColumnSingle('CREATE (n) RETURN n', {})
RETURN apoc.text.join(['a'], ',')
RETURN apoc . text . join(['a'], ',')
RETURN `apoc.text.join`(['a'], ',')
RETURN `apoc`.text.join(['a'], ',')
RETURN apoc.`cypher`.runFirstColumn('x')
RETURN apoc/* */.cypher.runFirstColumn('x')
RETURN graph.byName('x')
RETURN graph.names()
RETURN db.nameFromElementId('4:x:0')
RETURN util.sleep(100000)
RETURN util.validate(true, 'x')
RETURN genai.vector.encode('x', 'OpenAI', {})
RETURN gds.util.asNode(0)
RETURN create.vNode(['L'], {})
RETURN foo(1)
RETURN foo.bar(1)
RETURN `count`(1)
RETURN count . foo(1)
RETURN [x IN [1] | apoc.x(x)]
RETURN {a: apoc.x(1)}
RETURN CASE WHEN apoc.x(1) THEN 1 END
RETURN reduce(a = 0, x IN apoc.x() | a)
MATCH (n {x: apoc.x()}) RETURN n
MATCH (n WHERE apoc.x(n)) RETURN n
MATCH (n) RETURN n ORDER BY apoc.x(n)
MATCH (n) RETURN n LIMIT apoc.x(3)
UNWIND apoc.x() AS x RETURN x
MATCH (n) RETURN n {.a, b: apoc.x(n)}
MATCH (n:$(apoc.x())) RETURN n
RETURN size(apoc.x())
RETURN 1.apoc.x(1)
RETURN n.prop(1)
RETURN n[0].apoc(1)
RETURN (n)(1)(apoc.x())
RETURN [1](2)
RETURN 'f'(2)
RETURN $f(2)
CALL db.labels() YIELD label WHERE apoc.x(label) RETURN label
""",
    "several statements": r"""
RETURN 1; CREATE (n)
RETURN 1; RETURN 2
RETURN 1;;
; RETURN 1
MATCH (n) RETURN n; MATCH (n) DETACH DELETE n;
RETURN 'a'; DROP DATABASE neo4j
RETURN 1 /* x */ ; /* y */ SHOW USERS
CALL { RETURN 1; CREATE (n) } RETURN 1
RETURN 1\u003b CREATE (n)
MATCH (n) RETURN n NEXT CREATE (m)
MATCH (n) RETURN n NEXT MATCH (n) DELETE n
WHEN true THEN CREATE (n) ELSE RETURN 1
WHEN true THEN RETURN 1
{ CREATE (n) }
{ RETURN 1 }
""",
    "escapes and look-alikes": r"""
MATCH (n) \u0053ET n.x=1
MATCH (n) S\u0045T n.x = 1
\u0043REATE (n)
MATCH (n) \u0044\u0045\u004c\u0045\u0054\u0045 n
MATCH (n)\u0020SET\u0020n.x=1
RETURN '\u0027 CREATE (n) //'
RETURN "\u0022 CREATE (n) //"
RETURN '\u0027 // ' CREATE (n)
RETURN '\u005c' CREATE (n) //'
MATCH (n:`a\u0060) SET n.x = 1 //`) RETURN n
// comment \u000a CREATE (n)
// comment \u000d CREATE (n) RETURN 1
/* comment \u002a/ CREATE (n) /* */ RETURN 1
/* comment *\u002f CREATE (n) /* */ RETURN 1
RETURN 1 \u002f* CREATE (n) */
RETURN '\u00zz'
RETURN \u12
MATCH (n) \uu0053ET n.x = 1
MATCH (n) ＳＥＴ n.x = 1
ＣＲＥＡＴＥ (n)
MATCH (n) ЅЕТ n.x = 1
MATCH (n) ſET n.x = 1
MATCH (n) DELETΕ n
MATCH (n) DETACH DELЕTE n
MATCH (n) UNLıNK n
RETURN 1 UNıON CREATE (n) RETURN 1
MATCH (n) SK\u0131P 1 DELETE n
MATCH (n) 𝐒𝐄𝐓 n.x = 1
MATCH (n) RETURN n.𠮷
MATCH (n) S-ET n.x = 1
MATCH (n) S/**/ET n.x = 1
LOAD // x
""",
    "comments that end elsewhere": r"""
/* y /*/ EXPLAIN /* */ CREATE (n)
/* y /*/ RETURN "*/ CREATE (n) //"
/*/*/ RETURN "*/ CREATE (n) //"
/*/ x */ RETURN 1
/* a /* b */ RETURN 1
/* a */ CREATE (n) /* b */ RETURN 1
/* a */ */ RETURN 1
RETURN 1 /* CREATE (n)
/* RETURN 1
RETURN 1 */
/* x */
// only a comment
""",
    "broken text": r"""
RETURN 'abc
RETURN "abc
RETURN `abc
RETURN 'abc\'
RETURN 'a' 'b'
RETURN 'a'' CREATE (n)
RETURN n..x
RETURN 1.x
RETURN 1. SET n.x = 1
RETURN 12abc
RETURN 0xZZ
RETURN 1e
RETURN a b
RETURN a.b.
RETURN (1
RETURN 1)
RETURN [1
RETURN {a: 1
RETURN {a 1}
RETURN (1]
MATCH (n RETURN n
MATCH n RETURN n
MATCH (n)) RETURN n
MATCH (n) RETURN
MATCH (n) WHERE RETURN n
MATCH
RETURN 1,
RETURN ,1
RETURN CASE WHEN 1 THEN 2
RETURN 1 END
RETURN x AS
RETURN x AS 1
RETURN x AS y AS z
RETURN x AS y.z
UNWIND [1] AS x AS y RETURN x
MATCH (n) RETURN n ORDER n.x
OPTIONAL (n) RETURN n
RETURN 1 UNION
CALL
CALL (n) RETURN 1
CALL {} RETURN 1
RETURN EXISTS {}
RETURN #1
RETURN @x
RETURN a ? b : c
RETURN a \ b
RETURN ~1
RETURN $
RETURN $ x
RETURN a != b
RETURN a += 1
RETURN n.x := 1
RETURN {.x, "y": 1}
""",
    "other languages": r"""
SELECT * FROM Person
SELECT 1
INSERT INTO Person SET name = 'x'
UPDATE Person SET x = 1
DELETE FROM Person
DROP TYPE Person
TRUNCATE TYPE Person UNSAFE
TRAVERSE out() FROM #1:0
MATCH {type: Person, as: p} RETURN p
BACKUP DATABASE
g.V().drop()
g.addV('x')
{ person { name } }
query { person }
db.person.find()
<script>
#!/bin/sh
""",
}
HOSTILE = [query for block in WRITES.values() for query in lines(block)] + UNREADABLE
HOSTILE += [
    "",
    " ",
    ";",
    "\n\n",
    "\ufeffMATCH (n) RETURN n",
    "MATCH (n)\x00 RETURN n",
    "RETURN 'a\x00b'",
    "RETURN 'a\ud800b'",
    "MATCH (n) S\u200bET n.x = 1",
    "MATCH (n) SE\u00adT n.x = 1",
    "MATCH (n) S\u2060ET n.x = 1",
    "MATCH (n) RETURN n.x\u200b",
    "MATCH (n) DETACH\u00a0DELETE\u3000n",
    "MATCH (n)\u2028SET\u2029n.x = 1",
    "MATCH (n)\x1cDELETE\x1fn",
    "MATCH (n) RETURN a\x85SET",
    "MATCH (n) RETURN\x85n",
    "MATCH (n)\x7fRETURN n",
    "MATCH (n)\u180eRETURN n",
    "// x\rCREATE (n)",
    "// x\u2028\nCREATE (n)",
    "/*\n*/CREATE\n(n)",
    "MATCH (n)\nSET\nn.x\n=\n1",
    "MATCH (n) UN\u212aNOWN n",
]

# What follows each legitimate read below makes it a write, a command or a second statement.
ENDINGS = [
    "SET n.x = 1",
    "CREATE (z)",
    "DETACH DELETE n",
    "MERGE (z)",
    "REMOVE n.x",
    "FOREACH (z IN [1] | CREATE (y))",
    "CALL { CREATE (z) }",
    "CALL apoc.do.it()",
    "LOAD CSV FROM 'x' AS z",
    "; CREATE (z)",
    "NEXT CREATE (z)",
    "INSERT (z)",
    "USE other RETURN 1",
]
BEGINNINGS = [
    "EXPLAIN",
    "PROFILE",
    "CYPHER 5",
    "CREATE (z) WITH z",
    "USE other",
    "RETURN 1;",
    "CALL dbms.x()",
    "z",
    "1",
]


def verdict(query: str) -> str:
    try:
        check(query)
    except GuardError as error:
        return f"refused: {error}"
    return "read"


def test_the_tables_are_large_and_hold_no_statement_twice() -> None:
    assert len(set(LEGITIMATE)) == len(LEGITIMATE) >= 200
    assert len(set(HOSTILE)) == len(HOSTILE) >= 250
    assert not set(LEGITIMATE) & set(HOSTILE)


@pytest.mark.parametrize("query", LEGITIMATE)
def test_a_plain_read_passes(query: str) -> None:
    assert verdict(query) == "read"


@pytest.mark.parametrize("query", HOSTILE)
def test_anything_else_is_refused_with_a_reason_and_a_next_step(query: str) -> None:
    with pytest.raises(GuardError) as caught:
        check(query)
    assert caught.value.message
    assert caught.value.next_step


@pytest.mark.parametrize("ending", ENDINGS)
def test_a_write_behind_any_read_is_refused(ending: str) -> None:
    passed = [query for query in LEGITIMATE if verdict(f"{query}\n{ending}") == "read"]
    assert passed == []


@pytest.mark.parametrize("beginning", BEGINNINGS)
def test_a_command_before_any_read_is_refused(beginning: str) -> None:
    passed = [query for query in LEGITIMATE if verdict(f"{beginning} {query}") == "read"]
    assert passed == []


@pytest.mark.parametrize("query", [q for q in HOSTILE if "(n)" in q and verdict(q.rstrip()) != "read"])
@pytest.mark.parametrize("frame", ["CALL {{ {} }} RETURN 1", "RETURN EXISTS {{ {} }}", "MATCH (q) CALL (q) {{ {} }}"])
def test_a_refused_query_is_refused_inside_a_subquery(query: str, frame: str) -> None:
    if query not in ("// only a comment", "{ RETURN 1 }"):
        assert verdict(frame.format(query + "\n")) != "read"


# A word list is data: what is on it and what must never be.


@pytest.mark.parametrize("word", sorted(words.REFUSED_CLAUSES | words.COMMANDS))
def test_a_refused_word_begins_nothing_and_names_everything(word: str) -> None:
    for query in [
        f"{word} (n)",
        f"{word} n",
        f"{word}",
        f"MATCH (n) {word} n",
        f"MATCH (n) {word} (n)",
        f"MATCH (n) RETURN n {word} n.x",
        f"MATCH (n) WITH n AS x {word} x",
        f"MATCH (n) CALL {{ {word} n }} RETURN 1",
        f"MATCH (n) WHERE n.x {word} n",
        f"RETURN {word}(1)",
    ]:
        assert verdict(query) != "read", query
    for query in [
        f"MATCH (n:{word} {{{word}: 1}})-[r:{word}]->(m) WHERE n.{word} = 1 RETURN n.{word}, {{{word}: 2}}",
        f"MATCH ({word}) WHERE {word}.x = 1 RETURN {word}, {word}.{word}, n {{.{word}, {word}}}",
        f"MATCH (n) RETURN n.x AS {word}",
        f"MATCH (n) RETURN `{word}` AS x, ${word} AS y",
        f"MATCH ()-[{word}:R]->() RETURN [{word} IN n.l | {word}.x], CASE WHEN ({word}) THEN 1 END",
    ]:
        assert verdict(query) == "read", query


def test_the_word_lists_do_not_contradict_each_other() -> None:
    assert not words.CLAUSES & (words.REFUSED_CLAUSES | words.COMMANDS)
    assert not words.REFUSED_CLAUSES & words.COMMANDS
    assert not words.TYPES & (words.REFUSED_CLAUSES | words.COMMANDS | words.CLAUSES)
    assert not words.SELECTORS & (words.REFUSED_CLAUSES | words.COMMANDS | words.CLAUSES)
    assert not words.AFTER_OPERAND & words.REFUSED_CLAUSES
    for word in words.CLAUSES | words.REFUSED_CLAUSES | words.COMMANDS | words.TYPES | words.SELECTORS:
        assert word == word.upper()
        assert word.isascii()
    for name in words.FUNCTIONS | words.PROCEDURES:
        assert name == name.lower()
        assert name.isascii()


def test_only_functions_without_effect_are_listed() -> None:
    roots = {name.split(".")[0] for name in words.FUNCTIONS if "." in name}
    times = {"date", "datetime", "localdatetime", "localtime", "time", "duration"}
    assert roots <= times | {"point", "vector", "coll", "string"}
    assert not words.FUNCTIONS & {"file", "linenumber", "graph.byname", "util.sleep", "db.namefromelementid"}


@pytest.mark.parametrize("name", sorted(words.FUNCTIONS))
def test_each_listed_function_can_be_called(name: str) -> None:
    assert verdict(f"RETURN {name}(1) AS x, {name.upper()} ($x).y") == "read"
    assert verdict(f"RETURN apoc.{name}(1)") != "read"
    assert verdict(f"RETURN `{name}`(1)") != "read"
    assert verdict(f"RETURN x{name}(1)") != "read"


@pytest.mark.parametrize("name", sorted(words.PROCEDURES))
def test_each_listed_procedure_only_shows(name: str) -> None:
    assert name.startswith("db.")
    assert name.split(".")[-1] in {
        *("labels", "relationshiptypes", "propertykeys", "visualization", "nodetypeproperties"),
        *("reltypeproperties", "querynodes", "queryrelationships"),
    }
    assert verdict(f"CALL {name}() YIELD x RETURN x") == "read"
    assert verdict(f"RETURN {name}()") != "read"


# What the caller gets back, and what a person reads.


def test_the_text_to_run_keeps_strings_and_loses_comments_and_the_semicolon() -> None:
    given_text = "/* a */ MATCH (n) // b\nWHERE n.x = '/* c */; //' RETURN n . y , \\u006e.`k``;` ; // d"
    assert check(given_text) == "MATCH (n)     \nWHERE n.x = '/* c */; //' RETURN n . y , n.`k``;`"


@pytest.mark.parametrize("query", LEGITIMATE)
def test_the_text_to_run_passes_again_unchanged(query: str) -> None:
    once = check(query)
    assert check(once) == once
    assert [token.text for token in tokenize(once)] == [t.text for t in tokenize(query) if not t.is_sign(";")]


@pytest.mark.parametrize(
    ("query", "message", "where"),
    [
        ("MATCH (n)\n  SET n.x = 1", "SET is not part of a plain read.", "line 2, column 3"),
        ("create (n)", "create is not part of a plain read.", "line 1, column 1"),
        ("MATCH (n) RETURN n;\nDROP INDEX i", "A second statement follows the semicolon.", "line 1, column 19"),
        ("CALL dbms.listConfig()", "The procedure dbms.listConfig is not on the list of reads.", "line 1, column 6"),
        ("RETURN apoc.x(1)", "The function apoc.x is not on the list of reads.", "line 1, column 8"),
        ("CALL { RETURN 1 AS x } IN TRANSACTIONS", "IN TRANSACTIONS is not part of a plain read.", "line 1, column 24"),
        ("SELECT 1", "SELECT does not start a clause that reads.", "line 1, column 1"),
        ("RETURN 'a", "The string that starts with ' is not closed.", "line 1, column 8"),
        ("MATCH (n) \\u0053ET n.x = 1", "SET is not part of a plain read.", "line 1, column 11"),
        ("RETURN '\\u0027'", "The escape \\u0027 stands for a character that can end", "line 1, column 9"),
        ("RETURN a\u200bb", "The character U+200B (ZERO WIDTH SPACE) has no place here.", "line 1, column 9"),
    ],
)
def test_a_refusal_names_the_word_and_its_place(query: str, message: str, where: str) -> None:
    with pytest.raises(GuardError) as caught:
        check(query)
    assert caught.value.message.startswith(message)
    assert caught.value.place == where


# Limits hold by counting, not by the clock.


NESTED: dict[str, Callable[[int], str]] = {
    "round brackets": lambda n: "RETURN " + "(" * n + "1" + ")" * n,
    "square brackets": lambda n: "RETURN " + "[" * n + "1" + "]" * n,
    "maps": lambda n: "RETURN " + "{a: " * n + "1" + "}" * n,
    "functions": lambda n: "RETURN " + "abs(" * n + "1" + ")" * n,
    "conditions": lambda n: "RETURN " + "CASE WHEN true THEN " * n + "1" + " END" * n,
    "negations": lambda n: "RETURN " + "NOT " * n + "true",
    "signs": lambda n: "RETURN " + "- " * n + "1",
    "properties": lambda n: "RETURN a" + ".a" * n,
    "indexes": lambda n: "RETURN a" + "[0]" * n,
    "label negations": lambda n: "MATCH (n:" + "!" * n + "A) RETURN n",
    "types": lambda n: "RETURN 1 IS :: " + "LIST<" * n + "INTEGER" + ">" * n,
    "type suffixes": lambda n: "RETURN 1 IS :: INTEGER" + " LIST" * n,
    "mixed": lambda n: "RETURN " + "(NOT - " * (n // 3) + "1" + ")" * (n // 3),
}
SUBQUERIES: dict[str, Callable[[int], str]] = {
    "exists": lambda n: "RETURN " + "EXISTS { MATCH (a) WHERE " * n + "true" + " }" * n,
    "collect": lambda n: "RETURN " + "COLLECT { RETURN " * n + "1" + " }" * n,
    "call": lambda n: "CALL { " * n + "RETURN 1 AS x }" + " RETURN x }" * (n - 1) + " RETURN x",
}


@pytest.mark.parametrize("shape", NESTED.values(), ids=list(NESTED))
def test_nesting_that_an_engine_would_not_survive_is_refused(shape: Callable[[int], str]) -> None:
    assert verdict(shape(30)) == "read"
    assert verdict(shape(150)) != "read"
    assert verdict(shape(1000)) != "read"


@pytest.mark.parametrize("shape", SUBQUERIES.values(), ids=list(SUBQUERIES))
def test_more_than_ten_subqueries_in_each_other_are_refused(shape: Callable[[int], str]) -> None:
    assert verdict(shape(10)) == "read"
    assert "subqueries" in verdict(shape(11))
    assert verdict(shape(2000)) != "read"


@pytest.mark.parametrize(
    "text",
    [
        "MATCH (n) WHERE n.x = 1 " + "OR n.y = 2 " * 9300 + "SET n.z = 1",
        "RETURN " + "(" * 50_000 + "1" + ")" * 50_000,
        "/**/" * 25_000 + "CREATE (n)",
        "RETURN '" + "a" * 100_000,
        "\\u0041" * 17_000,
        "`" * 100_001,
        "//\n" * 34_000,
        " " * 100_000 + "RETURN 1",
    ],
)
def test_a_text_of_100_kb_is_refused_before_it_is_read(text: str) -> None:
    assert len(text) >= 100_000
    calls = count_calls(lambda: verdict(text))
    assert calls < 60
    assert f"more than {MAX_CHARACTERS:,}" in verdict(text)


def test_too_many_words_are_refused() -> None:
    assert verdict("RETURN [" + ",".join(["1"] * (MAX_TOKENS // 2 - 2)) + "]") == "read"
    assert f"more than {MAX_TOKENS:,}" in verdict("RETURN [" + ",".join(["1"] * (MAX_TOKENS // 2 + 2)) + "]")


def count_calls(action: Callable[[], object]) -> int:
    """Python and C calls that an action makes: a measure of work that no busy machine can change."""
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(count)
    try:
        action()
    finally:
        sys.setprofile(before)
    return calls


@pytest.mark.parametrize(
    "shape",
    [
        lambda n: "RETURN [" + ",".join(["1"] * n) + "]",
        lambda n: "MATCH (n) WHERE " + " OR ".join(["n.x = 1"] * (n // 5)) + " RETURN n",
        lambda n: "MATCH " + "-->".join(["(a)"] * (n // 6)) + " RETURN 1",
        lambda n: "RETURN 1 " + "UNION RETURN 1 " * (n // 4),
        lambda n: "RETURN 1" + " /* x */" * n,
        lambda n: "RETURN 1" + " // x\n" * n,
        lambda n: "RETURN '" + "\\'" * n + "'",
        lambda n: "RETURN `" + "``" * n + "`",
        lambda n: "RETURN a" + "\\u0061" * n,
        lambda n: "MATCH (n:A" + "|A" * n + ") RETURN n",
    ],
)
def test_twice_the_text_is_about_twice_the_work(shape: Callable[[int], str]) -> None:
    small, large = (count_calls(lambda size=size: check(shape(size))) for size in (400, 800))  # type: ignore[misc]
    assert large <= 2.3 * small


# Mutations that must not change the verdict.


GAPS = st.text(st.sampled_from(sorted(SPACES)), min_size=1, max_size=3) | st.sampled_from(
    ["/* x */", "/**/", "// y\n", " /* SET */ ", "\n//\r\n", "/***/ // '\n"]
)


def spelled(token: Token, draw: st.DrawFn) -> str:
    """The token in other letters: any case, any letter as an escape."""
    if token.kind is not Kind.WORD:
        return token.text
    style = draw(st.sampled_from(["as it is", "upper", "lower", "escaped"]))
    if style == "escaped":
        at = draw(st.integers(0, len(token.text) - 1))
        return token.text[:at] + f"\\u{ord(token.text[at]):04x}" + token.text[at + 1 :]
    if token.text.isascii():
        return {"upper": token.text.upper(), "lower": token.text.lower()}.get(style, token.text)
    return token.text


@st.composite
def disguised(draw: st.DrawFn, queries: list[str]) -> str:
    tokens = tokenize(draw(st.sampled_from(queries)))
    parts = [draw(GAPS)]
    for token in tokens:
        # A slash and the start of a comment would make another comment.
        parts += [spelled(token, draw), " " if token.is_sign("/") else "", draw(GAPS)]
    return "".join(parts)


def readable(query: str) -> bool:
    try:
        return bool(tokenize(query))
    except GuardError:
        return False


@settings(max_examples=400, deadline=None)
@given(disguised(LEGITIMATE))
def test_a_read_in_disguise_stays_a_read(query: str) -> None:
    assert verdict(query) == "read"


@settings(max_examples=400, deadline=None)
@given(disguised([query for query in HOSTILE if readable(query)]))
def test_a_write_in_disguise_stays_refused(query: str) -> None:
    assert verdict(query) != "read"


@settings(max_examples=300, deadline=None)
@given(st.sampled_from(LEGITIMATE), st.data())
def test_a_write_clause_between_two_words_of_a_read_never_becomes_a_clause(query: str, data: st.DataObject) -> None:
    tokens = [token.text for token in tokenize(query)]
    at = data.draw(st.integers(0, len(tokens)))
    clause = data.draw(st.sampled_from(["SET n.x = 1", "CREATE (z)", "DETACH DELETE n", "REMOVE n.x", "MERGE (z)"]))
    assert verdict(" ".join([*tokens[:at], clause, *tokens[at:]])) != "read"


@settings(max_examples=500, deadline=None)
@given(st.text(max_size=80) | st.text("'\"`\\/*u0027 \n;(){}[].,:|$RETURNSEx1", max_size=60))
def test_any_text_is_either_a_read_or_refused(query: str) -> None:
    assert verdict(query)


# Gold queries of a published data set, which people wrote without this guard in mind.


SAME_SHAPES = lines("""
MATCH (x0:Person WHERE x0.name = "Ann")-[:KNOWS_LW]-(x1:Person WHERE x1.name = "Mary") RETURN COUNT(DISTINCT x0)
MATCH (x0:Crime)-[:INVOLVED_IN]-(x2:Vehicle) MATCH (x0:Crime)-[:OCCURRED_AT]-(x1:Location) RETURN x0 ORDER BY x0.date DESC LIMIT 1
MATCH (x0:Phone)-[:CALLER]-(x1:PhoneCall WHERE x1.call_time = "14:59") RETURN x0
MATCH (x0:Email)-[:HAS_EMAIL]-(x1:Person WHERE x1.nhs_no = "274-72-8781") RETURN COUNT(DISTINCT x0)
MATCH (x0:PostCode)-[:HAS_POSTCODE]-(x1:Location WHERE x1.address = "110 Avenue") RETURN x0
MATCH (x0:Person)-[:FAMILY_REL]-(x1:Person)-[:CURRENT_ADDRESS]-(x2:Location WHERE x2.postcode = "B1 7") RETURN x0.nhs_no
MATCH (x0:Crime)-[:PARTY_TO]-(x1:Person)-[:PARTY_TO]-(x2:Crime WHERE x2.date = "25/08/2017") RETURN x0 ORDER BY x0.date ASC LIMIT 1
MATCH (x0:Vehicle WHERE x0.model = "ES")-[:INVOLVED_IN]-(x1:Crime WHERE x1.last_outcome = "a; b") RETURN x0
MATCH (x0:PhoneCall WHERE x0.call_time = "14:46")-[:CALLER]-(x1:Phone WHERE x1.phoneNo = "3-(391)773-5694") RETURN x0
MATCH (x0:Officer)-[:INVESTIGATED_BY]-(x1:Crime WHERE x1.date = "14/08/2017") RETURN x0.badge_no
MATCH (x0:Email)-[:HAS_EMAIL]-(x2:Person)-[:KNOWS]-(x3:Person) MATCH (x0:Email)-[:HAS_EMAIL]-(x1:Person) RETURN x0
MATCH (x0:PostCode)-[:POSTCODE_IN_AREA]-(x1:Area) RETURN COUNT(DISTINCT x0)
""")


def test_gold_queries_of_a_published_data_set_pass() -> None:
    queries = SAME_SHAPES
    if GOLD.exists():
        with GOLD.open(encoding="utf-8-sig", newline="") as file:
            queries = sorted({row["mr"] for row in csv.DictReader(file)})
        assert len(queries) > 1000
    assert [query for query in queries if verdict(query) != "read"] == []
