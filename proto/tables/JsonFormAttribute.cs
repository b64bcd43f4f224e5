namespace Pcie.Tables;

/// <summary>
/// Names a form of JSON object that a program prints, with its version, as in <c>run/1</c>; what derives from the record is of the same form.
/// </summary>
[AttributeUsage(AttributeTargets.Class)]
public sealed class JsonFormAttribute(string schema) : Attribute
{
    public string Schema => schema;
}
