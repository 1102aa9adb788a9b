using System.Globalization;

namespace Pawl.Tests.Experiments.Files;

/// <summary>Runs something as if on a machine set up elsewhere. It is made here, because the tests run without the cultures of ICU.</summary>
internal static class Locales
{
    /// <summary>Runs where decimals have a comma, thousands a point, and negative numbers no ASCII minus.</summary>
    public static void InDecimalComma(Action work)
    {
        var made = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        (made.NumberFormat.NumberDecimalSeparator, made.NumberFormat.NumberGroupSeparator, made.NumberFormat.NegativeSign) = (",", ".", "\u2212");
        var before = CultureInfo.CurrentCulture;
        CultureInfo.CurrentCulture = made;
        try
        {
            work();
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }
}
