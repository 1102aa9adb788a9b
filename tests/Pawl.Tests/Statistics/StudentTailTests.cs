using MathNet.Numerics.Distributions;
using Pawl.Statistics;
using Xunit;

namespace Pawl.Tests.Statistics;

public sealed class StudentTailTests
{
    // Student's t has closed forms for 1, 2 and 4 degrees of freedom.
    [Theory]
    [InlineData(0.3)]
    [InlineData(2)]
    [InlineData(50)]
    [InlineData(-1)]
    public void Upper_FewDegrees_IsTheClosedForm(double t)
    {
        Close.Relative(0.5 - (Math.Atan(t) / Math.PI), StudentTail.Upper(t, 1), 1e-9);
        Close.Relative(0.5 * (1 - (t / Math.Sqrt(2 + (t * t)))), StudentTail.Upper(t, 2), 1e-9);
    }

    // The three ways of computing meet: the same tail on both sides of each border.
    [Theory]
    [InlineData(100)]
    [InlineData(1e6)]
    public void Upper_WhereTheMethodChanges_DoesNotJump(double border)
    {
        foreach (var t in (double[])[0, 0.01, 0.5, 1, 1.7, 1.8, 2, 3, 5, 8, 20])
            Close.Relative(StudentTail.Upper(t, border * (1 - 1e-13)), StudentTail.Upper(t, border * (1 + 1e-13)), 1e-8);
    }

    [Fact]
    public void Upper_MoreAndMoreDegrees_TendsToTheNormalTail()
    {
        foreach (var t in (double[])[0.5, 1.96, 5, 10]) Close.Relative(StudentTail.NormalUpper(t), StudentTail.Upper(t, 1e14), 1e-9);
    }

    [Fact]
    public void Upper_ThousandDegrees_AgreesWithMathNet()
    {
        foreach (var t in (double[])[-3, -0.2, 0.5, 1, 1.96, 3, 6]) Close.Relative(StudentT.CDF(0, 1, 1000, -t), StudentTail.Upper(t, 1000), 1e-9);
    }

    [Fact]
    public void Quantile_AnyTailAndDegrees_UndoesUpper()
    {
        foreach (var degrees in (double[])[1, 2, 3.7, 30, 99, 101, 1e4, 1e5, 1e7])
        {
            foreach (var tail in (double[])[0.49, 0.25, 0.025, 1e-3, 1e-9, 1e-30])
                Close.Relative(tail, StudentTail.Upper(StudentTail.Quantile(tail, degrees), degrees), 1e-9);
        }
    }

    [Fact]
    public void Quantile_TablesOfStudentsT_AreMet()
    {
        // NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2.
        Close.Absolute(12.706, StudentTail.Quantile(0.025, 1), 5e-4);
        Close.Absolute(2.228, StudentTail.Quantile(0.025, 10), 5e-4);
        Close.Absolute(1.984, StudentTail.Quantile(0.025, 100), 5e-4);
        Close.Absolute(318.313, StudentTail.Quantile(0.001, 1), 5e-3);
    }
}
