using System.Globalization;
using Xunit;

namespace Pawl.Tests.Experiments.Analysis;

/// <summary>Runs something as if on a machine set up elsewhere.</summary>
internal static class Locales
{
    /// <summary>A culture with a comma for decimals and a point for thousands, which there is on every machine.</summary>
    public const string DecimalComma = "decimal comma";

    /// <summary>Runs in a culture; ends the test as skipped where the machine has no such.</summary>
    public static void In(string culture, Action work)
    {
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = Find(culture);
        try
        {
            work();
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    private static CultureInfo Find(string culture)
    {
        if (culture == DecimalComma)
        {
            var made = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            (made.NumberFormat.NumberDecimalSeparator, made.NumberFormat.NumberGroupSeparator) = (",", ".");
            made.NumberFormat.NegativeSign = "\u2212";
            return made;
        }

        try
        {
            return new CultureInfo(culture);
        }
        catch (CultureNotFoundException)
        {
            Assert.Skip($"This machine has no {culture}: install ICU, and unset DOTNET_SYSTEM_GLOBALIZATION_INVARIANT.");
            throw;
        }
    }
}
