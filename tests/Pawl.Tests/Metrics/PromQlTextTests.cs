using Pawl.Metrics;
using Xunit;

namespace Pawl.Tests.Metrics;

public sealed class PromQlTextTests
{
    [Theory]
    [InlineData("""avg by (v) (x{flag="@flag"})""", """avg by (v) (x{flag="a\"b.c\\d"})""")]
    [InlineData("x{flag='@flag'}", """x{flag='a"b.c\\d'}""")]
    [InlineData("x{flag != \"pre/@flag\"}", """x{flag != "pre/a\"b.c\\d"}""")]
    [InlineData("""x{flag=~"@flag|other"}""", """x{flag=~"a\"b\\.c\\\\d|other"}""")]
    [InlineData("""x{flag!~"@flag"}""", """x{flag!~"a\"b\\.c\\\\d"}""")]
    [InlineData("rate(x[@lookback])", "rate(x[90000ms])")]
    [InlineData("max_over_time(rate(x[5m])[@lookback:1m])", "max_over_time(rate(x[5m])[90000ms:1m])")]
    [InlineData("rate(x[1h:@lookback])", "rate(x[1h:90000ms])")]
    [InlineData("x offset @lookback", "x offset 90000ms")]
    [InlineData("x OFFSET -@lookback", "x OFFSET -90000ms")]
    [InlineData("x @ 1609746000 + x @1.5 + x @ -3", "x @ 1609746000 + x @1.5 + x @ -3")]
    [InlineData("x @ start() + x @end()", "x @ start() + x @end()")]
    [InlineData("""x{mail="a@example.com"}""", """x{mail="a@example.com"}""")]
    [InlineData("x{mail=~`[@]flag`} # or @flag, said the \"author", "x{mail=~`[@]flag`} # or @flag, said the \"author")]
    [InlineData("""x{a="\"", b="}"}""", """x{a="\"", b="}"}""")]
    public void Write_WhereAParameterMayStand_PutsItInEscaped(string query, string written)
    {
        Assert.Null(PromQlText.Fault(query));
        Assert.Equal(written, PromQlText.Write(query, """a"b.c\d""", TimeSpan.FromSeconds(90)));
    }

    [Theory]
    [InlineData("x{flag=@flag}", "@flag may stand inside the quotes")]
    [InlineData("x @flag", "@flag may stand inside the quotes")]
    [InlineData("x{flag=`@flag`}", "@flag may not stand between backticks")]
    [InlineData("""x{flag="\@flag"}""", "a backslash may not stand before @flag")]
    [InlineData("""label_replace(x, "d", "@flag", "s", ".*")""", "@flag may stand in the text of a label matcher alone")]
    [InlineData("""x{"@flag"}""", "@flag may stand in the text of a label matcher alone")]
    [InlineData("""x{flag="@flagship"}""", "@flagship in a quoted text")]
    [InlineData("""x{flag="a@flagship"}""", "@flagship in a quoted text")]
    [InlineData("""x{flag="@variant"}""", "@variant in a quoted text")]
    [InlineData("""x{range="@lookback"}""", "@lookback in a quoted text")]
    [InlineData("x * @lookback", "@lookback may stand as a duration alone")]
    [InlineData("x @lookback", "@lookback may stand as a duration alone")]
    [InlineData("rate(x[@lookback_])", "@lookback_ is unknown")]
    [InlineData("rate(x[@start])", "@start is unknown")]
    [InlineData("x @ until", "@ until is unknown")]
    [InlineData("x @", "@ is unknown")]
    [InlineData("x{flag=\"@flag}", "a quoted text is not closed")]
    [InlineData("x{flag=\"@flag\"", "the bracket { is not closed")]
    [InlineData("rate(x{flag=\"@flag\"]", "the bracket ] closes none")]
    public void Fault_WhatWouldBeAmbiguous_IsRefused(string query, string fault) => Assert.StartsWith(fault, PromQlText.Fault(query));
}
