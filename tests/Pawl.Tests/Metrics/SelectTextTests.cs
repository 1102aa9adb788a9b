using Pawl.Metrics;
using Xunit;

namespace Pawl.Tests.Metrics;

public sealed class SelectTextTests
{
    [Theory]
    [InlineData("select unit, at, value from t")]
    [InlineData("  -- why\n/* and; how */ SELECT 1 where a = ';)--' and \"b;)\" = 2 -- end")]
    [InlineData("with x as (select 1 where flag = @flag and at >= @start) select * from x where at < @until")]
    [InlineData("select 'it''s' as unit, cast(x as text), y::text, z @> w, a[1], 'back\\slash'")]
    [InlineData("values (1, 2, 3)")]
    public void Fault_OneSelect_IsNone(string sql) => Assert.Null(SelectText.Fault(sql));

    [Theory]
    [InlineData("", "one SELECT")]
    [InlineData("-- nothing", "one SELECT")]
    [InlineData("delete from t", "one SELECT")]
    [InlineData("explain select 1", "one SELECT")]
    [InlineData("update t set a = 1", "one SELECT")]
    [InlineData("select 1; drop table t", "semicolon")]
    [InlineData("select 1;", "semicolon")]
    [InlineData("select 1) s; delete from t; --", "parenthesis")]
    [InlineData("select 1) union (select 2", "parenthesis")]
    [InlineData("select (1", "parenthesis")]
    [InlineData("select 'a", "quoted")]
    [InlineData("select \"a", "quoted")]
    [InlineData("select 'a\\') s; drop table t --'", "backslash")]
    [InlineData("select 1 /* ; ", "comment")]
    [InlineData("select 1 /* a /* b */ ) */ c", "comment")]
    [InlineData("select $$ ) $$", "dollar")]
    [InlineData("select $x$ ) $x$", "dollar")]
    [InlineData("select ['] from t) s --']", "brackets")]
    [InlineData("select 1 # )", "#")]
    [InlineData("select @arm_0", "@arm_0")]
    [InlineData("select @@version", "@version")]
    [InlineData("select :flag", ":flag")]
    [InlineData("select 1 \0", "NUL")]
    public void Fault_AnythingElse_SaysWhat(string sql, string what) => Assert.Contains(what, SelectText.Fault(sql));

    [Theory]
    [InlineData("select a where f = @flag and t >= @start and t<@until", "select a where f = [flag] and t >= [start] and t<[until]")]
    [InlineData("select '@flag', \"@flag\", `@flag` -- @flag\n, @flag /* @start */", "select '@flag', \"@flag\", `@flag` -- @flag\n, [flag] /* @start */")]
    [InlineData("select 'it''s @flag', @flagged, a@flag, @", "select 'it''s @flag', @flagged, a[flag], @")]
    [InlineData("select 'open @flag", "select 'open [flag]")]
    public void Replace_ParametersOutsideOfTextsAndComments_AreReplaced(string sql, string replaced) =>
        Assert.Equal(replaced, SelectText.Replace(sql, name => $"[{name}]"));
}
