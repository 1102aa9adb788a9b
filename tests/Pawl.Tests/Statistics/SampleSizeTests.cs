using Pawl.Statistics;
using Xunit;

namespace Pawl.Tests.Statistics;

public sealed class SampleSizeTests
{
    // R: α .05, power .8.
    [Theory]
    [InlineData(.10, .01, 14_748.05)]
    [InlineData(.05, .0025, 122_120.72)]
    public void Fixed_ReferenceProportions_NeedTheirUnits(double baseline, double effect, double perArm)
    {
        var planned = Planned(SampleSize.Fixed(PowerTarget.OfProportion(baseline, effect)));

        Close.Absolute(perArm, planned.Control, 5e-3);
        Close.Absolute(perArm, planned.Treatment, 5e-3);
        Close.Relative(2 * perArm / 1000, planned.Days(1000), 1e-6);
    }

    // R: α .05, equal looks, N* = planned total.
    [Theory]
    [InlineData(.8, 5, 1.827)]
    [InlineData(.8, 14, 1.760)]
    [InlineData(.8, 28, 1.724)]
    [InlineData(.9, 5, 1.706)]
    [InlineData(.9, 14, 1.655)]
    [InlineData(.9, 28, 1.625)]
    public void SequentialInflation_ReferenceLooks_IsThatOfTheReference(double power, int looks, double inflation) =>
        Close.Absolute(inflation, SampleSize.SequentialInflation(0.05, power, looks), 6e-4);

    // Integrated over all pairs of positions, without leaving out the steps that are too long to be taken.
    [Theory]
    [InlineData(.05, .8, 5, 1.8265056067045677)]
    [InlineData(.01, .8, 100, 1.5128664932651843)]
    [InlineData(.05, .8, 336, 1.6492338592707048)]
    [InlineData(.05, .8, 500, 1.6431981773126705)]
    [InlineData(.0001, .99, 500, 1.2387612530190615)]
    public void SequentialInflation_ManyLooks_LosesNothingByIntegratingWhereThereIsSomething(double alpha, double power, int looks, double inflation) =>
        Close.Relative(inflation, SampleSize.SequentialInflation(alpha, power, looks), 1e-11);

    // R: a fixed size under a sequential rule.
    [Fact]
    public void SequentialPower_FixedSize_IsAboutHalf() => Close.Absolute(0.48, SampleSize.SequentialPower(0.05, 0.8, 14, 1), 0.015);

    // P: Jennison and Turnbull (2000), tables 2.2 and 2.4.
    [Fact]
    public void Inflation_PublishedGroupSequentialDesigns_AreMet()
    {
        Close.Absolute(1.028, SampleSize.Inflation(ClassicalBoundary.Equal(5), ClassicalBoundary.OBrienFleming(5, 0.05), 0.05, 0.8), 6e-4);
        Close.Absolute(1.202, SampleSize.Inflation(ClassicalBoundary.Equal(4), ClassicalBoundary.Pocock(4, 0.05), 0.05, 0.8), 6e-4);
    }

    [Fact]
    public void GroupSequential_SameTarget_NeedsLessThanSequentialAndMoreThanFixed()
    {
        var target = PowerTarget.OfProportion(.1, .01);
        double[] totals = [Planned(SampleSize.Fixed(target)).Total, .. Enum.GetValues<Spending>().Select(s => Planned(SampleSize.GroupSequential(target, s, 5)).Total), Planned(SampleSize.Sequential(target, 5)).Total];

        Assert.Equal(totals.Order(), totals);
        Assert.Equal(4, totals.Distinct().Count());
    }

    [Fact]
    public void Fixed_UnevenSplit_NeedsMoreInTotal()
    {
        var target = PowerTarget.OfProportion(.1, .01);
        var (even, uneven) = (Planned(SampleSize.Fixed(target)), Planned(SampleSize.Fixed(target with { ControlShare = 0.9 })));

        // The variance of the difference is the same.
        Close.Relative(
            (target.ControlVariance / even.Control) + (target.TreatmentVariance / even.Treatment),
            (target.ControlVariance / uneven.Control) + (target.TreatmentVariance / uneven.Treatment));
        Assert.True(uneven.Total > 2 * even.Total);
        Close.Relative(9, uneven.Control / uneven.Treatment);
    }

    [Theory]
    [InlineData(0, 1, 1, Reason.NoEffectToDetect)]
    [InlineData(double.NaN, 1, 1, Reason.NotFinite)]
    [InlineData(1, double.PositiveInfinity, 1, Reason.NotFinite)]
    [InlineData(1, 0, 0, Reason.ZeroVariance)]
    [InlineData(1, 1, -2, Reason.Inconsistent)]
    [InlineData(1e-300, 1, 1, Reason.NotFinite)]
    public void Fixed_BaselineThatCannotBe_GivesTheReason(double effect, double control, double treatment, Reason reason) =>
        Assert.Equal(
            new SampleSizeResult.Unplannable(reason),
            SampleSize.Fixed(new PowerTarget { Effect = effect, ControlVariance = control, TreatmentVariance = treatment }));

    [Fact]
    public void Fixed_TargetsThatMakeNoSense_AreMisuse()
    {
        var target = PowerTarget.OfProportion(.1, .01);
        foreach (var misuse in (PowerTarget[])[target with { Alpha = 0 }, target with { Power = 1 }, target with { Power = .3 }, target with { ControlShare = 1 }])
            Assert.Throws<ArgumentOutOfRangeException>(() => SampleSize.Fixed(misuse));
        Assert.Throws<ArgumentOutOfRangeException>(() => SampleSize.Sequential(target, 0));
        Assert.Throws<ArgumentOutOfRangeException>(() => Planned(SampleSize.Fixed(target)).Days(0));
    }

    private static SampleSizeResult.Planned Planned(SampleSizeResult result) => Assert.IsType<SampleSizeResult.Planned>(result);
}
