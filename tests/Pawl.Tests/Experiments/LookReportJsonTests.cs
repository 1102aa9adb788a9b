using System.Text.Json;
using FsCheck;
using FsCheck.Fluent;
using Pawl.Experiments;
using Pawl.Statistics;
using Xunit;

namespace Pawl.Tests.Experiments;

public sealed class LookReportJsonTests
{
    private static readonly DateTimeOffset At = new(2026, 3, 4, 5, 6, 7, TimeSpan.Zero);

    [Fact]
    public void Read_AnyLookThatWasWritten_IsTheSameLook() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(LongRun.Scale(300, 20_000)), Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            var look = new RandomLooks(seed).Next();
            var read = LookReportJson.Read(Written(look));

            Assert.Equivalent(look, read, strict: true);
            Assert.Equal(Written(look).GetRawText(), Written(read).GetRawText());
        }));

    [Fact]
    public void Read_AnyDouble_KeepsEachOfItsBits() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(LongRun.Scale(1000, 100_000)), Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            var number = new RandomLooks(seed).Number();

            var read = LookReportJson.Read(Written(Quiet with { SplitP = number })).SplitP!.Value;

            Assert.True(double.IsNaN(number) ? double.IsNaN(read) : BitConverter.DoubleToInt64Bits(number) == BitConverter.DoubleToInt64Bits(read), $"{number:R} came back as {read:R}");
        }));

    [Fact]
    public void Read_TheCanonicalForm_IsTheSameLook() =>
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(100), Prop.ForAll(Gen.Choose(0, int.MaxValue).ToArbitrary(), seed =>
        {
            // Beyond 2^53 a canonical number is no longer the count it was; no experiment has as many units.
            var look = new RandomLooks(seed).Next() with { Arms = [] };

            Assert.Equivalent(look, LookReportJson.Read(Json.Parse(CanonicalJson.Serialize(Written(look)))), strict: true);
        }));

    [Fact]
    public void Write_TheSameParametersInAnotherOrder_HasTheSameBytes()
    {
        LookQuestion Asked(params string[] names) => new("CSAT", "warehouse", "select 1", names.ToDictionary(name => name, name => name), At, 3);

        Assert.Equal(Written(Quiet with { Questions = [Asked("b", "a", "é")] }).GetRawText(), Written(Quiet with { Questions = [Asked("é", "b", "a")] }).GetRawText());
    }

    [Fact]
    public void Write_TheSameInstantAtAnotherOffset_HasTheSameBytes() =>
        Assert.Equal(Written(Quiet).GetRawText(), Written(Quiet with { At = At.ToOffset(TimeSpan.FromHours(5)) }).GetRawText());

    [Fact]
    public void Read_EachEnum_HasItsWord()
    {
        foreach (var reason in Enum.GetValues<Reason>())
        {
            var effect = new LookEffect { Arm = "b", Difference = Difference.Relative, Reason = reason };
            var look = Quiet with { Metrics = [new LookMetric { Name = "CSAT", IsPrimary = true, Values = [null, 1], Effects = [effect] }] };

            Assert.Equal(reason, LookReportJson.Read(Written(look)).Metrics[0].Effects[0].Reason);
        }

        foreach (var code in Enum.GetValues<VerdictCode>())
            Assert.Equal(code, VerdictJson.Read(Written(to => VerdictJson.Write(to, new Verdict.Rollback([new VerdictReason(code, "")])))).Reasons[0].Code);
    }

    [Theory]
    [InlineData("\"number\":1,", "", "$: number is missing")]
    [InlineData("\"number\":1,", "\"number\":1,\"more\":1,", "$.more: no member of a look")]
    [InlineData("\"number\":1,", "\"number\":1.5,", "$.number: expected a whole number")]
    [InlineData("\"number\":1,", "\"number\":-1,", "$.number: expected a whole number")]
    [InlineData("\"may_decide\":true", "\"may_decide\":1", "$.may_decide: expected true or false")]
    [InlineData("05:06:07.0000000Z", "05:06:07Z", "$.at: expected a time")]
    [InlineData("\"exposed\":3", "\"exposed\":3.0000001", "$.arms[0].exposed: expected a whole number")]
    [InlineData("\"name\":\"control\"", "\"name\":null", "$.arms[0].name: expected a string")]
    [InlineData("\"split_p\":0.5", "\"split_p\":\"0.5\"", "$.split_p: expected a number")]
    [InlineData("\"split_p\":0.5", "\"split_p\":1e999", "$.split_p: expected a number")]
    [InlineData("\"code\":\"too_few\"", "\"code\":\"too_many\"", "$.verdict.reasons[0].code: there is no \"too_many\"")]
    [InlineData("\"state\":\"running\"", "\"state\":\"ending\"", "$.verdict")]
    public void Read_WhatIsNoLook_IsRefusedWithThePath(string part, string instead, string message)
    {
        var text = Written(Quiet).GetRawText();
        Assert.Contains(part, text, StringComparison.Ordinal);

        var refusal = Assert.Throws<BadInputException>(() => LookReportJson.Read(Json.Parse(text.Replace(part, instead, StringComparison.Ordinal))));

        Assert.Contains(message, refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("""{"state":"promote","arm":null,"widen_to":null,"awaiting":null,"reasons":[]}""", "$.arm: a promotion is of an arm")]
    [InlineData("""{"state":"rollback","arm":"b","widen_to":null,"awaiting":null,"reasons":[]}""", "$.arm: a verdict rollback is about no arm")]
    [InlineData("""{"state":"promote","arm":"b","widen_to":2,"awaiting":null,"reasons":[]}""", "nothing is widened or awaited")]
    [InlineData("""{"state":"lost","arm":null,"widen_to":null,"awaiting":null,"reasons":[]}""", "$.state: there is no \"lost\"")]
    [InlineData("""{"state":"running","arm":null,"widen_to":null,"reasons":[]}""", "awaiting is missing")]
    [InlineData("[]", "expected an object")]
    public void Read_WhatIsNoVerdict_IsRefused(string json, string message) =>
        Assert.Contains(message, Assert.Throws<BadInputException>(() => VerdictJson.Read(Json.Parse(json))).Message, StringComparison.Ordinal);

    private static LookReport Quiet => new()
    {
        Number = 1,
        At = At,
        Watermark = At.AddHours(-1),
        ElapsedHours = 24,
        MayDecide = true,
        Arms = [new LookArm("control", 3, 0, 3)],
        SplitP = 0.5,
        Verdict = new Verdict.Running([new VerdictReason(VerdictCode.TooFew, "too few")], 1, "b"),
    };

    private static JsonElement Written(LookReport look) => Written(to => LookReportJson.Write(to, look));

    private static JsonElement Written(Action<Utf8JsonWriter> write)
    {
        var buffer = new System.Buffers.ArrayBufferWriter<byte>();
        using (var to = new Utf8JsonWriter(buffer, Json.Plain)) write(to);
        return Json.Parse(buffer.WrittenMemory);
    }
}
