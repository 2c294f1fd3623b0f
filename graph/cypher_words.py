"""The words, signs, functions and procedures of Cypher reads, as data for the guard."""

from __future__ import annotations


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


CLAUSES = _words("MATCH OPTIONAL WITH RETURN UNWIND CALL UNION FINISH FILTER LET ORDER SKIP OFFSET LIMIT")
# Clauses that belong to the one before.
SUBCLAUSES = _words("ORDER SKIP OFFSET LIMIT")
# Words that can begin a clause or its continuation after another clause; as bare names they must be unmistakable.
REFUSED_CLAUSES = _words("CREATE INSERT MERGE SET DELETE DETACH NODETACH REMOVE FOREACH LOAD USE SHOW TERMINATE")
# Words of commands, prefixes and clauses that are refused too, but cannot by themselves begin a write after a clause.
COMMANDS = _words(
    """DROP ALTER RENAME GRANT DENY REVOKE START STOP ENABLE DISABLE DRYRUN DEALLOCATE REALLOCATE EXPLAIN PROFILE
    CYPHER USING DEFINE SESSION BEGIN COMMIT ROLLBACK NEXT WHEN FOR SEARCH"""
)
PROCEDURES = _words(
    """db.labels db.relationshiptypes db.propertykeys db.schema.visualization db.schema.nodetypeproperties
    db.schema.reltypeproperties db.index.fulltext.querynodes db.index.fulltext.queryrelationships
    db.index.vector.querynodes db.index.vector.queryrelationships"""
)
FUNCTIONS = _words(
    """all allreduce any exists none single reduce isempty shortestpath allshortestpaths
    avg collect collect_list count max min percentilecont percentile_cont percentiledisc percentile_disc stdev
    stdevp stdev_pop stdev_samp sum
    coalesce elementid endnode head id keys labels last length nodes nullif path_length point properties
    property_exists range relationships reverse size startnode tail type valuetype cardinality
    coll.distinct coll.flatten coll.indexof coll.insert coll.max coll.min coll.remove coll.sort
    toboolean tobooleanlist tobooleanornull tofloat tofloatlist tofloatornull tointeger tointegerlist
    tointegerornull tostring tostringlist tostringornull
    abs acos asin atan atan2 ceil ceiling cos cosh cot coth degrees e exp floor haversin isnan ln log log10 pi
    radians rand randomuuid round sign sin sinh sqrt tan tanh uuid
    btrim char_length character_length charlength format isnormalized left lower ltrim normalize replace right rtrim
    split substring tolower toupper trim upper string.indexof string.join string.regexreplace
    date date.realtime date.statement date.transaction date.truncate datetime datetime.fromepoch
    datetime.fromepochmillis datetime.realtime datetime.statement datetime.transaction datetime.truncate
    localdatetime localdatetime.realtime localdatetime.statement localdatetime.transaction localdatetime.truncate
    localtime localtime.realtime localtime.statement localtime.transaction localtime.truncate time time.realtime
    time.statement time.transaction time.truncate timestamp duration duration.between duration.indays
    duration.inmonths duration.inseconds duration_between local_datetime local_time zoned_datetime zoned_time
    distance point.distance point.withinbbox
    vector vector.create vector.dimension.count vector.distance vector.distance.cosine vector.distance.euclidean
    vector.distance.manhattan vector.norm vector.similarity.cosine vector.similarity.euclidean
    vector_dimension_count vector_distance vector_norm"""
)
TYPES = _words(
    """ANY ARRAY BOOL BOOLEAN DATE DATETIME DURATION EDGE FLOAT FLOAT32 FLOAT64 INT INT8 INT16 INT32 INT64 INTEGER
    INTEGER8 INTEGER16 INTEGER32 INTEGER64 LIST LOCAL MAP NODE NOTHING NULL PATH PATHS POINT PROPERTY RELATIONSHIP
    SIGNED STRING TIME TIMESTAMP TIMEZONE VALUE VARCHAR VECTOR VERTEX ZONE ZONED"""
)
SELECTORS = _words(
    """ANY ALL SHORTEST WALK TRAIL ACYCLIC PATH PATHS GROUP GROUPS REPEATABLE DIFFERENT ELEMENT ELEMENTS BINDINGS
    RELATIONSHIP RELATIONSHIPS"""
)
INFIX = frozenset({"AND", "OR", "XOR", "IN", "CONTAINS"})
AFTER_OPERAND = INFIX | {"IS", "STARTS", "ENDS", "WHEN", "THEN", "ELSE", "END", "AS", "WHERE", "FROM"}
# The body of these begins with a bracket, with a name and =, or with a word of its own.
PATTERN_WRITES = _words("CREATE INSERT MERGE FOREACH LOAD DETACH NODETACH")
# A name stands before these, unless they are names themselves; then one of those follows.
AFTER_NAME = INFIX | _words("IS AS WHERE RETURN WITH ORDER SKIP OFFSET LIMIT WHEN THEN ELSE")
AFTER_WRITE = CLAUSES | COMMANDS | AFTER_OPERAND | {"YIELD"}
COMPARING = frozenset({"IS", "IN", "STARTS", "ENDS", "CONTAINS"})
COMPARISONS = frozenset({"=", "<>", "<", ">", "<=", ">=", "=~"})
BINARY = COMPARISONS | {"/", "%", "^", "||"}
NORMAL_FORMS = frozenset({"NFC", "NFD", "NFKC", "NFKD"})
TYPE_PAIRS = frozenset({("NOT", "NULL"), ("WITH", "TIMEZONE"), ("WITHOUT", "TIMEZONE")})
NESTED_TYPES = frozenset({"LIST", "ARRAY", "VALUE", "ANY", "VECTOR"})
# Which words may follow a complete expression of a clause, besides the next clause.
TAILS = {
    "MATCH": frozenset({"WHERE", "USING"}),
    "WITH": frozenset({"AS", "WHERE"}),
    "RETURN": frozenset({"AS"}),
    "UNWIND": frozenset({"AS"}),
    "ORDER": frozenset({"ASC", "ASCENDING", "DESC", "DESCENDING", "WHERE"}),
    "SKIP": frozenset({"WHERE"}),
    "OFFSET": frozenset({"WHERE"}),
    "LIMIT": frozenset({"WHERE"}),
    "CALL": frozenset({"YIELD"}),
    "YIELD": frozenset({"AS", "WHERE"}),
}
# Clauses in which + and * stand between operands only, never behind a pattern.
SUMS = frozenset({"WITH", "RETURN", "UNWIND", "ORDER", "SKIP", "OFFSET", "LIMIT", "LET"})
# Clauses that are lists with commas.
LISTS = frozenset({"MATCH", "WITH", "RETURN", "ORDER", "YIELD", "LET"})
# No clause starts after these signs, and no clause has a body that starts with those.
NAME_AFTER = frozenset({",", "(", "[", "|", "=", "<=", ">=", "<>", "=~", "/", "^", "||"})
NAME_BEFORE = _words(") ] } , . .. : :: ; | & = < > <= >= <> =~ / % ^ ||")
