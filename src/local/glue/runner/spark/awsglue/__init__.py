"""What usual scripts take from AWS's awsglue, where it is not installed. The rest raises NotImplementedError."""
